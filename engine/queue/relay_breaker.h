// Stops asking a relay that is down, and looks now and then whether it is back. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace jawort {

// Times are those of Clock::monotonic(). After kFailuresToOpen failures in a row no attempt begins
// but one probe at a time, after pauses that double from kFirstPause to kLongestPause; the first
// answer about a mail, whatever it says, closes it again.
class RelayBreaker {
 public:
  static constexpr int kFailuresToOpen = 3;
  static constexpr std::chrono::milliseconds kFirstPause{1'000};
  static constexpr std::chrono::milliseconds kLongestPause{60'000};

  bool open() const { return open_; }
  // When an attempt may begin, at the earliest; nothing while a probe is under way.
  std::optional<std::chrono::milliseconds> next_at(std::chrono::milliseconds now) const;
  // Answers whether this attempt is the probe, which its end must be told with.
  bool begun();
  void failed(bool probe, std::chrono::milliseconds now);
  void answered();
  void probe_without_result(std::chrono::milliseconds now);  // nothing was learnt: probe again

 private:
  bool open_ = false;
  bool probing_ = false;
  int failures_ = 0;  // in a row
  std::chrono::milliseconds pause_{kFirstPause};
  std::chrono::milliseconds probe_at_{0};
};

}  // namespace jawort
