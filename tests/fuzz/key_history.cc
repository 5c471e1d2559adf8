// Input: notes, each behind a line "next".
#include "engine/evidence/key_history.h"

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void key_history(std::string_view bytes) {
  std::vector<std::string> notes;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t next = rest.find("next\n");
    if (next != 0) notes.emplace_back(rest.substr(0, next));
    rest.remove_prefix(next == std::string_view::npos ? rest.size() : next + 5);
  }
  const auto history = read_key_history(notes);
  if (!history.ok()) return;
  promise(history->size() == notes.size(), "each note is one key");
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const KeyAnnouncement& announcement = (*history)[i].announcement;
    const std::string text = announcement_text(announcement);
    promise(notes[i].starts_with(text + "\n"), "an announcement has one spelling");
    const auto again = parse_announcement(text);
    promise(again.ok() && *again == announcement, "and can be read again");
    const auto trusted = trusted_keys(*history, announcement.key);
    promise(trusted.size() > i, "a key reaches all before it");
  }
}

const Registration registered("key_history", key_history);

}  // namespace
}  // namespace jawort::fuzz
