// When bounces that may end add up to an address that is mailed no more. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"

namespace jawort {

struct SoftBounceRule {
  std::size_t days = 3;                   // so many different ones with a bounce,
  std::chrono::hours within{30 * 24};     // not longer ago than this, and no delivery since
  std::chrono::hours settled_in{5 * 24};  // a mail that did not bounce by then was delivered
};
inline constexpr SoftBounceRule kSoftBounces;

struct SoftBounce {
  Instant at;
  std::string date;  // the calendar day
};

// `bounces`: in any order, the newest one too. `delivered`: the last time that something arrived.
bool bounced_too_often(const std::vector<SoftBounce>& bounces,
                       const std::optional<Instant>& delivered, Instant now);

}  // namespace jawort
