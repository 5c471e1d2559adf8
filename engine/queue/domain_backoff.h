// Leaves a recipient's domain alone that defers one mail after the other. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

namespace jawort {

// Times are those of Clock::monotonic(). After kDeferralsToHold deferrals in a row, mails to the
// domain that were not tried yet are held for pauses that double from kFirstPause to kLongestPause;
// after each pause one of them goes as a probe. Mails that were deferred themselves keep to their
// own plan (engine/queue/retry.h): a greylisting domain waits for exactly those.
class DomainBackoff {
 public:
  static constexpr int kDeferralsToHold = 5;
  static constexpr std::chrono::milliseconds kFirstPause{60'000};
  static constexpr std::chrono::milliseconds kLongestPause{3'600'000};
  // Domains kept in memory; beyond it those are forgotten that would be free again first.
  static constexpr std::size_t kMostDomains = 4096;

  // How long a mail to this domain that was not tried yet has to wait; zero: it may go.
  std::chrono::milliseconds hold(std::string_view domain, std::chrono::milliseconds now) const;
  // Such a mail goes. While it is under way as a probe others wait for its answer.
  void begun(std::string_view domain, std::chrono::milliseconds now);
  void deferred(std::string_view domain, std::chrono::milliseconds now);
  void taken(std::string_view domain);

  std::size_t domains() const { return domains_.size(); }

 private:
  struct State {
    int deferrals = 0;  // in a row
    std::chrono::milliseconds pause{0};
    std::chrono::milliseconds until{0};
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  void make_room();

  std::unordered_map<std::string, State, TextHash, std::equal_to<>> domains_;
};

}  // namespace jawort
