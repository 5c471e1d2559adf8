#include "engine/flow/examine_store.h"

#include "engine/evidence/leaf.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/heads_outside.h"
#include "engine/flow/pause_outbox.h"

namespace jawort {
namespace {

constexpr std::int64_t kEventsLookedAt = 1000;

Status read_log(const Tables& tables, ExaminedLog& log) {
  const auto last = tables.events().last_sequence();
  if (!last.ok()) return last.error();
  const std::int64_t first = std::max<std::int64_t>(1, *last - kEventsLookedAt + 1);
  for (std::int64_t sequence = first; sequence <= *last; ++sequence) {
    const auto event = tables.events().find(sequence);
    if (!event.ok()) return event.error();
    if (!event->has_value()) continue;
    log.newest = (*event)->at;
    if ((*event)->type != "form_submitted") continue;
    const auto leaf = decode_leaf((*event)->leaf);
    if (!leaf.ok()) return leaf.error();
    ++log.posts.looked_at;
    if (leaf->fact("version_stated") == "false") ++log.posts.without_version;
  }
  return {};
}

Result<ExaminedLog> examine_log(const Context& context) {
  ExaminedLog log;
  JAWORT_TRY(context.store.read(
      [&](const Tables& tables) { return read_log(tables, log = ExaminedLog{}); }));
  return log;
}

Result<ExaminedLedger> examine_ledger(const Context& context) {
  ExaminedLedger ledger;
  ledger.can_sign = can_sign(context);
  ledger.outside = goes_on_from_outside(context);
  const auto history = ledger_history(context);
  if (!history.ok()) return history.error();
  if (!history->empty()) {
    ledger.name = history->back().announcement.key.name;
    ledger.key = history->back().announcement.number;
  }
  const auto since = unsealed_since(context);
  if (!since.ok()) return since.error();
  ledger.unsealed_since = *since;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto last = tables.checkpoints().last();
    if (!last.ok()) return last.error();
    ledger.last = std::move(*last);
    auto timestamped = tables.checkpoints().last_timestamped();
    if (!timestamped.ok()) return timestamped.error();
    ledger.timestamped = std::move(*timestamped);
    return {};
  }));
  return ledger;
}

Result<BlockedByForm> examine_blocked(const Context& context, Instant now) {
  JAWORT_TRY(write_blocked(context));
  BlockedByForm forms;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const Instant from = now - kBlockedShown + std::chrono::days(1);
    const auto rows = tables.blocked_posts().since(context.zone.local(from).date);
    if (!rows.ok()) return rows.error();
    forms.clear();
    for (const BlockedPostRow& row : *rows) forms[row.form][row.reason] += row.posts;
    return {};
  }));
  return forms;
}

}  // namespace

StoreExamination examine_store(const Context& context) {
  StoreExamination found;
  found.now = context.clock.now();
  found.schema = context.store.schema_version();
  found.healthy = context.store.healthy();
  if (found.healthy) found.written = context.store.write([](Tables&) { return Status(); });
  found.space = context.store.space();
  found.log = examine_log(context);
  found.blocked = examine_blocked(context, found.now);
  found.pause = outbox_pause(context);
  found.ledger = examine_ledger(context);
  found.next_mail = mail_slot(context, found.now);
  return found;
}

}  // namespace jawort
