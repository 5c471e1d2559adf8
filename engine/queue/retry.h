// When a mail that was not taken is tried again (PROMISES 23; RFC 5321 §4.5.4.1). Pure.
#pragma once

#include <optional>

#include "engine/base/clock.h"
#include "engine/base/random.h"

namespace jawort {

inline constexpr int kMostTries = 2 + (5 * 24 * 60 - 40) / 60;  // five days by the plan below

// `attempts`: how many have failed, this one included (>= 1). First retry about 10 minutes after
// the first failure (greylisting ends within 12), the second within the first hour, then every 60
// minutes ± 10 %. `counted`: how many of them count towards giving up. Nothing when it would be
// after `expires_at`, or more than kMostTries count, which by this plan is after five days; time in
// which the relay was down or refused us does not bring the end nearer.
std::optional<Instant> next_attempt(int attempts, int counted, Instant now, Instant expires_at,
                                    Random& random);

}  // namespace jawort
