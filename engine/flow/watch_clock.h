// Steps of the clock are events: `clock_stepped`, with the time that was expected (`from`) and the
// one that came (`to`).
#pragma once

#include "engine/flow/context.h"

namespace jawort {

inline constexpr std::string_view kClockStepped = "clock_stepped";
// How far the wall clock may be off before it is a step.
inline constexpr std::chrono::seconds kClockTolerance{2};

// Holds the wall clock against the monotonic one since the last look, and against the newest event
// and checkpoint. REQUIRES: context.ledger.sealing is held
Status watch_clock(const Context& context);

// Before an event of `at` is written: where the clock was set back since the newest event, that is
// recorded first. Inside the caller's transaction. Answers the sequence of the newest event then.
Result<std::int64_t> record_step_back(const Context& context, Tables& tables, Instant at);

}  // namespace jawort
