// What becomes of a webhook's delivery, and when it is tried again: Standard Webhooks 1.0.0,
// "Operational considerations". Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/random.h"

namespace jawort {

enum class WebhookState : std::uint8_t {
  kWaiting,    // for its time, or for what comes before it
  kDelivered,  // the endpoint answered 2xx
  kFailed,     // given up after the last try
  kSkipped,    // an operator had what waited left out
};
std::string_view name_of(WebhookState state);  // "waiting"
std::optional<WebhookState> parse_webhook_state(std::string_view name);

enum class WebhookVerdict : std::uint8_t {
  kTaken,   // 2xx
  kGone,    // 410: the endpoint wants nothing any more
  kFailed,  // anything else, redirects and no answer (0) too
};
WebhookVerdict webhook_verdict(int status);

inline constexpr int kMostWebhookTries = 10;  // within about 76 hours
// How long the secret before a rotation goes on to sign too.
inline constexpr std::chrono::hours kWebhookOldSecret{24};
// What an endpoint can ask for by Retry-After, at most.
inline constexpr std::chrono::hours kLongestRetryAfter{24};

// When it is tried again after `attempts` failures (>= 1): 5 s, 5 min, 30 min, 2 h, 5 h, 10 h,
// 14 h, 20 h, 24 h after the one before, each ± 10 %; not before the endpoint asked for by
// `retry_after`. Nothing: that was the last try.
std::optional<Instant> next_webhook_try(int attempts, Instant now,
                                        std::optional<std::chrono::seconds> retry_after,
                                        Random& random);

}  // namespace jawort
