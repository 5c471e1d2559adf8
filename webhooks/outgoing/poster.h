// Posts to endpoints, many at a time. An endpoint that is slow is in nobody's way but its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/net/address_guard.h"

namespace jawort {

struct WebhookPost {
  std::int64_t ticket = 0;  // of the caller; names it in what ends
  std::string url, id, body;
  std::int64_t timestamp = 0;  // seconds since 1970
  std::string signatures;
};

struct EndedPost {
  std::int64_t ticket = 0;
  int status = 0;                                     // of HTTP; 0: no answer
  std::optional<std::chrono::seconds> retry_after{};  // as the endpoint asked
  std::string problem{};                              // why there is no answer, in our own words
};

// One thread at a time, but for wake(). The bodies of answers are read and thrown away: they may
// hold anything.
class WebhookPoster {
 public:
  virtual ~WebhookPoster() = default;  // gives up what is under way
  // Never blocks.
  virtual void start(WebhookPost post) = 0;
  // Those that have ended, as soon as there are some; nothing after `within`, or when woken.
  virtual std::vector<EndedPost> wait(milliseconds within) = 0;
  // Ends a wait() that is under way, or the next one. Thread-safe.
  virtual void wake() = 0;
};
using WebhookPosterFactory = std::function<std::unique_ptr<WebhookPoster>()>;

}  // namespace jawort
