#include "engine/queue/send_rate.h"

#include <algorithm>

namespace jawort {
namespace {

// A sender that is woken late may catch up with this much of the past, so that a high rate is
// reached with a clock of milliseconds; never with more, so that no burst follows a quiet hour.
constexpr std::chrono::milliseconds kCatchUp{100};

}  // namespace

SendRate::SendRate(const std::optional<RateLimit>& limit) {
  if (!limit) return;
  const std::chrono::microseconds window{limit->window.seconds};
  // Rounded up: never more than the limit in a window.
  spacing_ = (window + std::chrono::microseconds{limit->count - 1}) / limit->count;
}

std::chrono::milliseconds SendRate::next_at(std::chrono::milliseconds now) const {
  if (spacing_.count() == 0 || !next_) return now;
  return std::max(now, std::chrono::ceil<std::chrono::milliseconds>(*next_));
}

void SendRate::begun(std::chrono::milliseconds now) {
  if (spacing_.count() == 0) return;
  const std::chrono::microseconds earliest = now - std::min(kCatchUp, now);
  next_ = std::max(next_.value_or(now), earliest) + spacing_;
}

}  // namespace jawort
