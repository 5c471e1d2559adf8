#include "engine/queue/relay_breaker.h"

#include <algorithm>

namespace jawort {

std::optional<std::chrono::milliseconds> RelayBreaker::next_at(
    std::chrono::milliseconds now) const {
  if (!open_) return now;
  if (probing_) return std::nullopt;
  return std::max(now, probe_at_);
}

bool RelayBreaker::begun() {
  probing_ = probing_ || open_;
  return open_;
}

void RelayBreaker::failed(bool probe, std::chrono::milliseconds now) {
  if (!open_) {
    if (++failures_ < kFailuresToOpen) return;
    open_ = true;
    pause_ = kFirstPause;
    probe_at_ = now + pause_;
    return;
  }
  // What was already under way when it opened says nothing new.
  if (!probe) return;
  probing_ = false;
  pause_ = std::min(2 * pause_, kLongestPause);
  probe_at_ = now + pause_;
}

void RelayBreaker::answered() {
  open_ = probing_ = false;
  failures_ = 0;
}

void RelayBreaker::probe_without_result(std::chrono::milliseconds now) {
  probing_ = false;
  probe_at_ = std::max(probe_at_, now);
}

}  // namespace jawort
