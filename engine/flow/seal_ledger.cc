#include "engine/flow/seal_ledger.h"

#include <algorithm>

#include "engine/evidence/checkpoint.h"
#include "engine/evidence/merkle.h"
#include "engine/flow/heads_outside.h"
#include "engine/flow/ledger_tree.h"
#include "engine/flow/record_event.h"
#include "engine/flow/watch_clock.h"

namespace jawort {
namespace {

// With a timer of ten seconds, a checkpoint at least every minute.
constexpr std::chrono::seconds kSealPause{40};

Result<std::vector<KnownKey>> read_history(const Tables& tables) {
  const auto rows = tables.ledger_keys().all();
  if (!rows.ok()) return rows.error();
  std::vector<std::string> notes;
  for (const LedgerKeyRow& row : *rows) notes.push_back(row.note);
  return read_key_history(notes);
}

Result<SigningKey> signing_key(const Context& context, std::uint8_t number, std::string name) {
  const Secret* const seed = context.keys.ledger.find(number);
  if (seed == nullptr) return not_found("ledger key " + std::to_string(number) + " is not there");
  return SigningKey::from_seed(std::move(name), seed->duplicate());
}

// The highest key of the key folder, and what the log has to learn of it first.
struct Signer {
  SigningKey key;
  std::optional<KeyAnnouncement> announcement;  // not made yet
};

Result<Signer> choose_signer(const Context& context, const std::vector<KnownKey>& history) {
  const std::uint8_t number = context.keys.ledger.current();
  if (number == 0) {
    return refused(history.empty()
                       ? "there is no ledger key: a start of the server that may write into the "
                         "key folder makes one, or `jawort keys rotate --ledger`"
                       : "the ledger key is missing: put ledger-*.key back from the copy of the "
                         "key folder; if it is lost, `jawort keys rotate --ledger`");
  }
  const KeyAnnouncement* const last = history.empty() ? nullptr : &history.back().announcement;
  auto key = signing_key(context, number, last ? last->key.name : context.settings.ledger.origin);
  if (!key.ok()) return key.error();
  if (last == nullptr || number > last->number) {
    KeyAnnouncement next{number, key->verifier(), {}, context.clock.now(), 0};
    if (last != nullptr) next.previous = last->key;
    return Signer{std::move(*key), std::move(next)};
  }
  if (number < last->number) {
    return refused("the newest ledger key is missing: the log knows number " +
                   std::to_string(last->number) + ", the key folder has " + std::to_string(number) +
                   "; put it back from the copy of the key folder, or, if it is lost, `jawort "
                   "keys rotate --ledger`");
  }
  if (key->verifier() != last->key) {
    return refused("ledger-" + std::to_string(number) +
                   ".key is another key than the one the log knows by that number; put the right "
                   "one back, or `jawort keys rotate --ledger`");
  }
  return Signer{std::move(*key), {}};
}

// The key before it signs too, where it is still there.
Status announce(const Context& context, const Signer& signer) {
  KeyAnnouncement next = *signer.announcement;
  std::optional<SigningKey> previous;
  if (next.previous) {
    for (const std::uint8_t number : context.keys.ledger.ids()) {
      auto key = signing_key(context, number, next.previous->name);
      if (key.ok() && key->verifier() == *next.previous) previous = std::move(*key);
    }
  }
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    if (next.previous) {
      NewEvent event;
      event.type = "ledger_key_added";
      event.at = next.since;
      event.facts = {{"number", std::to_string(next.number)}, {"key", next.key.text()}};
      JAWORT_TRY(record_event(context, tables, event));
    }
    const auto size = tables.events().last_sequence();
    if (!size.ok()) return size.error();
    next.size = static_cast<std::uint64_t>(*size);
    const std::string note = announce_key(next, signer.key, previous ? &*previous : nullptr);
    return tables.ledger_keys().insert({static_cast<std::uint8_t>(next.number), note});
  }));
  context.log.info("ledger_key_announced", {{"key", std::string_view(next.key.text())}});
  return {};
}

// What has to be known to sign.
struct Head {
  std::int64_t size = 0;
  Hash256 root{};
  std::optional<CheckpointRow> last;
};

// The log has to continue what the last checkpoint says of it: else somebody has changed it.
Status check_continues(const TreeNodes& tree, const Head& head) {
  const auto last = parse_checkpoint(note_text(head.last->note));
  if (!last.ok()) return internal_error("the last checkpoint is damaged: " + last.error().message);
  if (head.last->size > head.size) {
    return internal_error("the log ends at " + std::to_string(head.size) +
                          ", and its last checkpoint covers " + std::to_string(head.last->size) +
                          ": events are missing; see `jawort ledger verify`");
  }
  const auto root = tree_root(tree, last->size);
  if (!root.ok()) return root.error();
  if (*root == last->root) return {};
  return internal_error(
      "the log is not what its last checkpoint was made of: it was changed; see `jawort ledger "
      "verify`");
}

Result<Head> read_head(const Context& context) {
  Head head;
  const auto outside = read_heads_outside(context);
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    head = {};
    JAWORT_TRY(check_heads_outside(context, tables, outside));
    const auto size = tables.events().last_sequence();
    if (!size.ok()) return size.error();
    head.size = *size;
    auto last = tables.checkpoints().last();
    if (!last.ok()) return last.error();
    head.last = std::move(*last);
    const LedgerTree tree(tables);
    if (head.last) JAWORT_TRY(check_continues(tree, head));
    const auto root = tree_root(tree, static_cast<std::uint64_t>(head.size));
    if (!root.ok()) return root.error();
    head.root = *root;
    return {};
  }));
  return head;
}

Result<Signer> announced_signer(const Context& context) {
  const auto history = ledger_history(context);
  if (!history.ok()) return history.error();
  auto signer = choose_signer(context, *history);
  if (signer.ok() && signer->announcement) JAWORT_TRY(announce(context, *signer));
  return signer;
}

// REQUIRES: context.ledger.sealing is held, and the clock was watched
Result<CheckpointRow> seal(const Context& context) {
  auto head = read_head(context);
  if (!head.ok()) return head.error();
  if (head->size == 0) return not_found("there is no event yet, so there is nothing to sign");
  if (head->last && head->last->size == head->size) return std::move(*head->last);
  const auto signer = announced_signer(context);
  if (!signer.ok()) return signer.error();
  if (signer->announcement) {  // it may have written an event
    head = read_head(context);
    if (!head.ok()) return head.error();
  }
  Instant at = context.clock.now();
  if (head->last && at < head->last->at) {
    const bool step_is_covered =
        context.ledger.step > head->last->size && context.ledger.step <= head->size;
    const bool slight = at >= head->last->at - kClockTolerance;
    if (!step_is_covered && !slight) {
      return unavailable("the clock has just been set back; a checkpoint follows in a moment");
    }
    if (!step_is_covered) at = head->last->at;
  }
  const Checkpoint checkpoint{signer->key.verifier().name, static_cast<std::uint64_t>(head->size),
                              head->root, at};
  CheckpointRow row{head->size, at, signer->key.sign(checkpoint_text(checkpoint)), {}};
  JAWORT_TRY(context.store.write([&](Tables& tables) { return tables.checkpoints().insert(row); }));
  context.ledger.sealed = context.clock.monotonic();
  return row;
}

Result<bool> anything_new(const Context& context) {
  bool found = false;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto size = tables.events().last_sequence();
    if (!size.ok()) return size.error();
    const auto last = tables.checkpoints().last();
    if (!last.ok()) return last.error();
    found = *size > (*last ? (*last)->size : 0);
    return {};
  }));
  return found;
}

// In the log once per reason, not every ten seconds.
void tell(const Context& context, const Status& sealed) {
  std::string& problem = context.ledger.problem;
  if (sealed.ok()) {
    if (!problem.empty()) context.log.info("ledger_sealed_again");
    problem.clear();
    return;
  }
  count_ledger_failure(context, "seal");
  if (problem == sealed.error().message) return;
  problem = sealed.error().message;
  context.log.error("ledger_not_sealed", {{"reason", std::string_view(problem)}});
}

}  // namespace

void count_ledger_failure(const Context& context, std::string_view what) {
  context.metrics
      .counter("jawort_ledger_failures_total{what=\"" + std::string(what) + "\"}",
               "What of the ledger did not succeed")
      .add();
}

Result<std::vector<KnownKey>> ledger_history(const Context& context) {
  Result<std::vector<KnownKey>> history = std::vector<KnownKey>{};
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    history = read_history(tables);
    return {};
  }));
  return history;
}

Result<SigningKey> ledger_signer(const Context& context) {
  const std::lock_guard lock(context.ledger.sealing);
  auto signer = announced_signer(context);
  if (!signer.ok()) return signer.error();
  return std::move(signer->key);
}

Status can_sign(const Context& context) {
  const auto history = ledger_history(context);
  if (!history.ok()) return history.error();
  const auto signer = choose_signer(context, *history);
  return signer.ok() ? Status() : Status(signer.error());
}

Result<CheckpointRow> seal_now(const Context& context) {
  const std::lock_guard lock(context.ledger.sealing);
  JAWORT_TRY(watch_clock(context));
  auto sealed = seal(context);
  if (sealed.ok()) tell(context, Status());
  // What went wrong is told by who asked; the log says it as soon as the timer meets it too.
  if (!sealed.ok() && sealed.error().kind != ErrorKind::kNotFound) {
    count_ledger_failure(context, "seal");
  }
  return sealed;
}

void seal_at_end(const Context& context) {
  const std::lock_guard lock(context.ledger.sealing);
  if (!watch_clock(context).ok()) return;
  const auto sealed = seal(context);
  const bool empty = !sealed.ok() && sealed.error().kind == ErrorKind::kNotFound;
  if (!empty) tell(context, sealed.ok() ? Status() : Status(sealed.error()));
}

Status tend_ledger(const Context& context) {
  const std::lock_guard lock(context.ledger.sealing);
  JAWORT_TRY(watch_clock(context));
  const auto& sealed = context.ledger.sealed;
  if (sealed && context.clock.monotonic() - *sealed < kSealPause) return {};
  const auto wanted = anything_new(context);
  if (!wanted.ok()) return wanted.error();
  if (!*wanted) return {};
  const auto row = seal(context);
  tell(context, row.ok() ? Status() : Status(row.error()));
  return {};
}

Result<std::optional<Instant>> unsealed_since(const Context& context) {
  std::optional<Instant> since;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    since.reset();
    const auto last = tables.checkpoints().last();
    if (!last.ok()) return last.error();
    const auto event = tables.events().find((*last ? (*last)->size : 0) + 1);
    if (!event.ok()) return event.error();
    if (*event) since = (*event)->at;
    return {};
  }));
  return since;
}

}  // namespace jawort
