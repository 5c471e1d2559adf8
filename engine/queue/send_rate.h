// [smtp] rate: at most so many attempts in a window, spread evenly over it. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "engine/base/text.h"

namespace jawort {

// Times are those of Clock::monotonic(): only differences mean something.
class SendRate {
 public:
  // Nothing: unlimited. REQUIRES: a window without months.
  explicit SendRate(const std::optional<RateLimit>& limit);

  // When the next attempt may begin; `now` or earlier: at once.
  std::chrono::milliseconds next_at(std::chrono::milliseconds now) const;
  void begun(std::chrono::milliseconds now);

 private:
  std::chrono::microseconds spacing_{0};  // 0: unlimited
  std::optional<std::chrono::microseconds> next_;
};

}  // namespace jawort
