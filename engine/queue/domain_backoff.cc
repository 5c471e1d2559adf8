#include "engine/queue/domain_backoff.h"

#include <algorithm>

namespace jawort {
namespace {

using std::chrono::milliseconds;

// How long others wait for the probe's answer before they ask again.
constexpr milliseconds kProbeTakes{30'000};

}  // namespace

milliseconds DomainBackoff::hold(std::string_view domain, milliseconds now) const {
  const auto found = domains_.find(domain);
  if (found == domains_.end()) return milliseconds{0};
  return std::max(milliseconds{0}, found->second.until - now);
}

void DomainBackoff::begun(std::string_view domain, milliseconds now) {
  const auto found = domains_.find(domain);
  if (found == domains_.end() || found->second.pause.count() == 0) return;
  found->second.until = std::max(found->second.until, now + kProbeTakes);
}

void DomainBackoff::deferred(std::string_view domain, milliseconds now) {
  auto found = domains_.find(domain);
  if (found == domains_.end()) {
    make_room();
    found = domains_.emplace(std::string(domain), State{}).first;
  }
  State& state = found->second;
  if (++state.deferrals < kDeferralsToHold) return;
  // What was under way when the pause began says nothing new, nor do the mails with their own plan.
  if (state.pause.count() != 0 && state.until > now + kProbeTakes) return;
  state.pause = std::clamp(2 * state.pause, kFirstPause, kLongestPause);
  state.until = now + state.pause;
}

void DomainBackoff::taken(std::string_view domain) {
  const auto found = domains_.find(domain);
  if (found != domains_.end()) domains_.erase(found);
}

// A domain that is forgotten is asked again: a few mails more to somebody who wants none now.
void DomainBackoff::make_room() {
  if (domains_.size() < kMostDomains) return;
  std::erase_if(domains_, [](const auto& entry) { return entry.second.pause.count() == 0; });
  if (domains_.size() < kMostDomains) return;
  domains_.erase(
      std::ranges::min_element(domains_, {}, [](const auto& entry) { return entry.second.until; }));
}

}  // namespace jawort
