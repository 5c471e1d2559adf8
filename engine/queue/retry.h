// When a mail that was not taken is tried again (PROMISES 23; RFC 5321 §4.5.4.1). Pure.
#pragma once

#include <optional>

#include "engine/base/clock.h"
#include "engine/base/random.h"

namespace jawort {

inline constexpr std::chrono::hours kGiveUpAfter{5 * 24};

// `failures`: how many attempts have failed, this one included (>= 1). First retry about 10 minutes
// after the first failure (greylisting ends within 12), the second within the first hour, then
// every 60 minutes ± 10 %. Nothing when that would be after `expires_at` or five days after
// `queued_at`.
std::optional<Instant> next_attempt(int failures, Instant now, Instant queued_at,
                                    Instant expires_at, Random& random);

}  // namespace jawort
