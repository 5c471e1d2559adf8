#include "engine/flow/expire_ips.h"

#include "engine/flow/record_event.h"

namespace jawort {
namespace {

constexpr std::string_view kName = "ip";

Instant moment_before_which_they_go(const Context& context) {
  const Duration kept = context.definitions.get()->ip_kept();
  // A period in months is as long as the one that begins now.
  const Instant now = context.clock.now();
  return std::chrono::floor<std::chrono::hours>(now - length_from(now, kept));
}

struct Due {
  std::int64_t after = 0, last = 0;  // sequences; none where they are the same
  int walked = 0;
};

// The clock may have been set meanwhile, so what counts is the last event that is old enough: all
// before it were written before it.
Result<Due> due_events(const Tables& tables, Instant before, int limit) {
  const auto after = tables.erasures().progress(kName);
  if (!after.ok()) return after.error();
  Due due{*after, *after, 0};
  for (std::int64_t sequence = *after + 1; sequence <= *after + limit; ++sequence) {
    const auto event = tables.events().find(sequence);
    if (!event.ok()) return event.error();
    if (!*event) break;
    if ((*event)->at < before) due.last = sequence;
  }
  due.walked = static_cast<int>(due.last - due.after);
  return due;
}

Result<int> take_ips(Tables& tables, const Due& due) {
  int taken = 0;
  for (std::int64_t sequence = due.after + 1; sequence <= due.last; ++sequence) {
    const auto values = tables.events().values(sequence);
    if (!values.ok()) return values.error();
    for (const EventValueRow& value : *values) {
      if (value.name != kName) continue;
      JAWORT_TRY(tables.events().remove_value(sequence, kName));
      ++taken;
    }
  }
  return taken;
}

Status record(const Context& context, Tables& tables, int taken, std::int64_t until) {
  NewEvent event;
  event.type = "values_erased";
  event.at = context.clock.now();
  event.facts = {{"date", context.zone.local(event.at).date},
                 {"ground", "retention"},
                 {"name", std::string(kName)},
                 {"count", std::to_string(taken)},
                 {"until_sequence", std::to_string(until)}};
  JAWORT_TRY(record_event(context, tables, event));
  return {};
}

}  // namespace

Result<int> expire_ips(const Context& context, int limit) {
  const Instant before = moment_before_which_they_go(context);
  Due due;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto found = due_events(tables, before, limit);
    if (!found.ok()) return found.error();
    due = *found;
    return {};
  }));
  if (due.walked == 0) return 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const auto found = due_events(tables, before, limit);
    if (!found.ok()) return found.error();
    due = *found;
    const auto taken = take_ips(tables, due);
    if (!taken.ok()) return taken.error();
    JAWORT_TRY(tables.erasures().set_progress(kName, due.last));
    return *taken > 0 ? record(context, tables, *taken, due.last) : Status{};
  }));
  return due.walked;
}

}  // namespace jawort
