// What sealing the log remembers from one time to the next. In memory: a start begins anew.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/clock.h"

namespace jawort {

struct LedgerState {
  std::mutex sealing;  // guards all below, and keeps to one seal at a time

  // Both clocks as they were looked at last, and how far the log was then.
  struct Look {
    Instant wall;
    milliseconds monotonic{0};
    std::int64_t sequence = 0;
  };
  std::optional<Look> looked;
  std::int64_t step = 0;               // sequence of the newest recorded step of the clock
  std::optional<milliseconds> sealed;  // monotonic
  std::string problem;                 // why nothing is sealed; said in the log once
};

}  // namespace jawort
