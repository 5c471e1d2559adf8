#include "engine/flow/heads_outside.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/evidence/checkpoint.h"
#include "engine/evidence/key_history.h"
#include "engine/evidence/note_list.h"
#include "engine/flow/ledger_tree.h"

namespace jawort {
namespace {

constexpr off_t kTail = 64 << 10;

// Empty where it is not there, cannot be read, or is no file.
std::string read_tail(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return {};
  struct stat status {};
  std::string text;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    const off_t size = std::min(status.st_size, kTail);
    text.resize(static_cast<std::size_t>(size));
    const ssize_t got = ::pread(file, text.data(), text.size(), status.st_size - size);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  ::close(file);
  return text;
}

// Those of the log, and those of the key folder under the name that the head gives: a database that
// was begun anew does not know its keys yet.
Result<std::vector<VerifierKey>> keys_that_may_have_signed(const Context& context,
                                                           const Tables& tables,
                                                           const std::string& name) {
  const auto rows = tables.ledger_keys().all();
  if (!rows.ok()) return rows.error();
  std::vector<std::string> notes;
  for (const LedgerKeyRow& row : *rows) notes.push_back(row.note);
  const auto history = read_key_history(notes);
  if (!history.ok()) return history.error();
  std::vector<VerifierKey> keys;
  for (const KnownKey& known : *history) keys.push_back(known.announcement.key);
  for (const std::uint8_t number : context.keys.ledger.ids()) {
    const auto key = SigningKey::from_seed(name, context.keys.ledger.find(number)->duplicate());
    if (!key.ok()) continue;
    if (std::ranges::find(keys, key->verifier()) == keys.end()) keys.push_back(key->verifier());
  }
  return keys;
}

// One of ours; nothing for a note that says nothing.
Result<std::optional<Checkpoint>> open_own(const Context& context, const Tables& tables,
                                           const std::string& note) {
  const auto said = parse_checkpoint(note_text(note));
  if (!said.ok()) return std::optional<Checkpoint>{};
  const auto keys = keys_that_may_have_signed(context, tables, said->origin);
  if (!keys.ok()) return keys.error();
  auto head = open_checkpoint(note, *keys);
  return head.ok() ? std::optional(std::move(*head)) : std::nullopt;
}

Status check_head(const Tables& tables, const Checkpoint& head, std::int64_t events) {
  const auto size = static_cast<std::int64_t>(head.size);
  if (size > events) {
    return internal_error(missing_events(
        events, size, "checkpoint_file has a checkpoint of " + rfc3339(head.at) + " that covers"));
  }
  const auto root = tree_root(LedgerTree(tables), head.size);
  if (!root.ok()) return root.error();
  if (*root == head.root) return {};
  return internal_error("the log is not the one that checkpoint_file has a checkpoint of " +
                        rfc3339(head.at) + " for: something in events 1 to " +
                        std::to_string(size) + " was changed; see `jawort ledger verify`");
}

}  // namespace

std::vector<std::string> notes_of_checkpoint_file(std::string_view file) {
  constexpr std::string_view kSignatures = "\n\n\u2014 ";
  std::vector<std::string> notes;
  for (std::string& note : notes_in(file)) {
    const std::size_t end = note.rfind(kSignatures);
    if (end == std::string::npos) continue;
    const std::size_t before = end == 0 ? std::string::npos : note.rfind("\n\n", end - 1);
    notes.push_back(before == std::string::npos ? std::move(note) : note.substr(before + 2));
  }
  return notes;
}

std::string missing_events(std::int64_t events, std::int64_t covered, std::string_view covered_by) {
  return "the log ends at event " + std::to_string(events) + ", and " + std::string(covered_by) +
         " " + std::to_string(covered) + ": events " + std::to_string(events + 1) + " to " +
         std::to_string(covered) +
         " are missing; after the restore of an older backup see Checkpoints in OPERATING.md";
}

std::vector<std::string> read_heads_outside(const Context& context) {
  const std::string& path = context.settings.ledger.checkpoint_file;
  if (path.empty()) return {};
  return notes_of_checkpoint_file(read_tail(path));
}

Status check_heads_outside(const Context& context, const Tables& tables,
                           const std::vector<std::string>& heads) {
  const auto events = tables.events().last_sequence();
  if (!events.ok()) return events.error();
  for (const std::string_view place : kPlacesOutside) {
    const auto sent = tables.checkpoints().sent(place);
    if (!sent.ok()) return sent.error();
    if (!*sent || (*sent)->size <= *events) continue;
    return internal_error(
        missing_events(*events, (*sent)->size,
                       "a checkpoint that was brought out (" + std::string(place) + ") covers"));
  }
  // The newest of ours covers those before it.
  for (auto note = heads.rbegin(); note != heads.rend(); ++note) {
    const auto head = open_own(context, tables, *note);
    if (!head.ok()) return head.error();
    if (*head) return check_head(tables, **head, *events);
  }
  return {};
}

Status goes_on_from_outside(const Context& context) {
  const auto heads = read_heads_outside(context);
  return context.store.read(
      [&](const Tables& tables) { return check_heads_outside(context, tables, heads); });
}

}  // namespace jawort
