#include "engine/evidence/key_history.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace jawort {
namespace {

// Stands in no other note that a key of the log signs: a checkpoint has its size in line 2.
constexpr std::string_view kHead = "jawort/ledger-key/1";
constexpr std::string_view kNone = "none";
constexpr unsigned kMaxNumber = 255;

// What stands behind "NAME " in a line; nothing when that is not the line's beginning.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
    return std::nullopt;
  }
  return line.substr(name.size() + 1);
}

std::optional<std::uint64_t> parse_number(std::optional<std::string_view> text) {
  return text ? parse_decimal(*text) : std::nullopt;
}

std::optional<VerifierKey> parse_key(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  auto key = VerifierKey::parse(*text);
  return key.ok() ? std::optional(std::move(*key)) : std::nullopt;
}

std::optional<Instant> parse_time(std::optional<std::string_view> text) {
  const auto time = text ? parse_rfc3339(*text) : std::nullopt;
  return time && rfc3339(*time) == *text ? time : std::nullopt;
}

// Against the one before it, if any.
Status check_order(const KeyAnnouncement& next, const std::vector<KnownKey>& before) {
  if (before.empty()) return {};  // an excerpt may begin later than the log
  const KeyAnnouncement& last = before.back().announcement;
  if (next.key.name != last.key.name) return invalid("the key history is of two logs");
  if (next.number <= last.number || next.size < last.size) {
    return invalid("the key history is not in order");
  }
  if (next.previous != last.key) return invalid("the key history has a gap");
  return {};
}

}  // namespace

std::string announcement_text(const KeyAnnouncement& announcement) {
  const auto& previous = announcement.previous;
  return std::string(kHead) + "\nnumber " + std::to_string(announcement.number) + "\nkey " +
         announcement.key.text() + "\nprevious " +
         (previous ? previous->text() : std::string(kNone)) + "\nsince " +
         rfc3339(announcement.since) + "\nsize " + std::to_string(announcement.size) + "\n";
}

Result<KeyAnnouncement> parse_announcement(std::string_view text) {
  const auto lines = split(text, '\n');
  if (lines.size() != 7 || lines[0] != kHead || !lines[6].empty()) {
    return invalid("this note announces no key of a log");
  }
  const auto number = parse_number(value_of(lines[1], "number"));
  auto key = parse_key(value_of(lines[2], "key"));
  const auto previous = value_of(lines[3], "previous");
  const auto since = parse_time(value_of(lines[4], "since"));
  const auto size = parse_number(value_of(lines[5], "size"));
  KeyAnnouncement parsed;
  if (previous && *previous != kNone) parsed.previous = parse_key(previous);
  const bool previous_fits = previous && (*previous == kNone || parsed.previous.has_value());
  if (!number || *number == 0 || *number > kMaxNumber || !key || !previous_fits || !since ||
      !size) {
    return invalid("the announcement of a key is malformed");
  }
  parsed.number = static_cast<unsigned>(*number);
  parsed.key = std::move(*key);
  parsed.since = *since;
  parsed.size = *size;
  return parsed;
}

std::string announce_key(const KeyAnnouncement& announcement, const SigningKey& key,
                         const SigningKey* previous) {
  const std::string text = announcement_text(announcement);
  return text + "\n" + (previous != nullptr ? previous->signature_line(text) : std::string()) +
         key.signature_line(text);
}

Result<std::vector<KnownKey>> read_key_history(const std::vector<std::string>& notes) {
  std::vector<KnownKey> known;
  for (const std::string& note : notes) {
    // Which keys have to have signed it stands in the text itself.
    auto announced = parse_announcement(note_text(note));
    if (!announced.ok()) return announced.error();
    JAWORT_TRY(check_order(*announced, known));
    std::vector<VerifierKey> keys{announced->key};
    if (announced->previous) keys.push_back(*announced->previous);
    const auto opened = open_note(note, keys);
    if (!opened.ok()) return opened.error();
    const auto signed_by = [&](const VerifierKey& key) {
      return std::ranges::find(opened->signers, key) != opened->signers.end();
    };
    if (!signed_by(announced->key)) return invalid("a new key did not sign its announcement");
    const bool vouched = announced->previous && signed_by(*announced->previous);
    known.push_back({std::move(*announced), vouched, note});
  }
  return known;
}

std::vector<VerifierKey> trusted_keys(const std::vector<KnownKey>& history,
                                      const VerifierKey& trusted) {
  const auto at = std::ranges::find_if(
      history, [&](const KnownKey& known) { return known.announcement.key == trusted; });
  std::vector<VerifierKey> keys;
  if (at == history.end()) return keys;
  // Backwards: a key that is trusted has signed which one was before it. Forwards: by vouching.
  for (auto one = history.begin(); one <= at; ++one) keys.push_back(one->announcement.key);
  for (auto one = at + 1; one != history.end() && one->vouched; ++one) {
    keys.push_back(one->announcement.key);
  }
  return keys;
}

}  // namespace jawort
