#include "engine/flow/watch_clock.h"

#include <algorithm>

#include "engine/flow/record_event.h"

namespace jawort {
namespace {

Result<std::int64_t> record(const Context& context, Tables& tables, Instant from, Instant to) {
  NewEvent event;
  event.type = kClockStepped;
  event.at = to;
  event.facts = {{"from", rfc3339(from)}, {"to", rfc3339(to)}};
  return record_event(context, tables, event);
}

struct Newest {
  std::int64_t sequence = 0, sealed = 0;  // sealed: size of the last checkpoint
  std::optional<Instant> event, checkpoint;
};

// A checkpoint does not count once a step after it is on record.
Result<Newest> read_newest(const Context& context, std::int64_t known_step) {
  Newest newest;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    newest = {};
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    newest.sequence = *last;
    const auto event = tables.events().find(*last);
    if (!event.ok()) return event.error();
    if (*event) newest.event = (*event)->at;
    const auto checkpoint = tables.checkpoints().last();
    if (!checkpoint.ok()) return checkpoint.error();
    if (*checkpoint) newest.sealed = (*checkpoint)->size;
    if (*checkpoint && newest.sealed >= known_step) newest.checkpoint = (*checkpoint)->at;
    return {};
  }));
  return newest;
}

constexpr std::int64_t kLookedAt = 10'000;  // events at most

// What record_step_back has written since the last look; 0: nothing.
Result<std::int64_t> step_since(const Tables& tables, std::int64_t looked, std::int64_t last) {
  const std::int64_t first = std::max(looked, last - kLookedAt);
  for (std::int64_t sequence = last; sequence > first; --sequence) {
    const auto event = tables.events().find(sequence);
    if (!event.ok()) return event.error();
    if (*event && (*event)->type == kClockStepped) return sequence;
  }
  return 0;
}

}  // namespace

Status watch_clock(const Context& context) {
  LedgerState& state = context.ledger;
  const auto newest = read_newest(context, state.step);
  if (!newest.ok()) return newest.error();
  const Instant now = context.clock.now();
  const milliseconds monotonic = context.clock.monotonic();
  Instant from = now;
  if (state.looked) from = state.looked->wall + (monotonic - state.looked->monotonic);
  bool stepped = std::chrono::abs(now - from) > kClockTolerance;
  for (const auto& written : {newest->event, newest->checkpoint}) {
    if (!written || now >= *written - kClockTolerance) continue;
    from = std::max(from, *written);
    stepped = true;
  }
  const std::int64_t looked = state.looked ? state.looked->sequence : newest->sealed;
  if (stepped) {
    std::int64_t step = 0;
    JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
      const auto known = step_since(tables, looked, newest->sequence);
      if (!known.ok()) return known.error();
      step = *known;
      if (step != 0) return {};
      const auto recorded = record(context, tables, from, now);
      if (!recorded.ok()) return recorded.error();
      step = *recorded;
      return {};
    }));
    state.step = step;
    context.log.warning("clock_stepped", {{"from", std::string_view(rfc3339(from))},
                                          {"to", std::string_view(rfc3339(now))}});
  }
  state.looked = LedgerState::Look{now, monotonic, std::max(newest->sequence, state.step)};
  return {};
}

Result<std::int64_t> record_step_back(const Context& context, Tables& tables, Instant at) {
  const auto last = tables.events().last_sequence();
  if (!last.ok()) return last.error();
  if (*last == 0) return std::int64_t{0};
  const auto event = tables.events().find(*last);
  if (!event.ok()) return event.error();
  // A request that waited long for its transaction is no step: then the clock itself is fine.
  if (!*event || at >= (*event)->at - kClockTolerance) return *last;
  const Instant now = context.clock.now();
  if (now >= (*event)->at - kClockTolerance) return *last;
  return record(context, tables, (*event)->at, now);
}

}  // namespace jawort
