#include "engine/queue/dispatcher.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace jawort {
namespace {

constexpr int kWaitingPerSender = 16;  // of each priority: enough to have work while more is read
constexpr milliseconds kRefusalCounts{600'000};

std::size_t index_of(MailPriority priority) { return static_cast<std::size_t>(priority); }

}  // namespace

Dispatcher::Dispatcher(const DispatchSettings& settings)
    : settings_(settings), rate_(settings.rate) {}

MailsWanted Dispatcher::wanted() const {
  const int most = settings_.senders * kWaitingPerSender;
  MailsWanted wanted{};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool enough = static_cast<int>(waiting_[i].size()) > most / 2;
    wanted[i] = enough ? 0 : most + under_way();
  }
  return wanted;
}

bool Dispatcher::offer(const DueMail& mail) {
  if (!known_.insert(mail.mail).second) return false;
  waiting_[index_of(mail.priority)].push_back(mail);
  return true;
}

std::optional<MailId> Dispatcher::next(milliseconds now) {
  if (under_way() >= settings_.senders || rate_.next_at(now) > now) return std::nullopt;
  const auto relay_at = breaker_.next_at(now);
  if (!relay_at || *relay_at > now) return std::nullopt;
  for (auto& waiting : waiting_) {
    while (!waiting.empty()) {
      DueMail mail = std::move(waiting.front());
      waiting.pop_front();
      if (held_for_domain(mail, now)) continue;
      const MailId id = mail.mail;
      rate_.begun(now);
      under_way_[id] = {std::move(mail), breaker_.begun()};
      return id;
    }
  }
  return std::nullopt;
}

bool Dispatcher::held_for_domain(const DueMail& mail, milliseconds now) {
  if (mail.tried) return false;
  const milliseconds hold = domains_.hold(mail.domain, now);
  if (hold.count() == 0) {
    domains_.begun(mail.domain, now);
    return false;
  }
  known_.erase(mail.mail);
  postponed_.push_back({mail.mail, hold});
  return true;
}

void Dispatcher::ended(MailId mail, const AttemptEnd& end, milliseconds now) {
  const auto found = under_way_.find(mail);
  if (found == under_way_.end()) return;
  UnderWay attempt = std::move(found->second);
  under_way_.erase(found);
  learn(attempt, end, now);
  // Behind the others: one mail that the relay chokes on must not be the probe for ever.
  if (end.again) {
    waiting_[index_of(attempt.mail.priority)].push_back(std::move(attempt.mail));
  } else {
    known_.erase(mail);
  }
}

void Dispatcher::learn(const UnderWay& attempt, const AttemptEnd& end, milliseconds now) {
  if (end.our_fault) refused_us_ = now;
  switch (end.outcome) {
    case AttemptOutcome::kTaken:
      if (refused_us_ && now - *refused_us_ >= kRefusalCounts) refused_us_.reset();
      domains_.taken(attempt.mail.domain);
      breaker_.answered();
      break;
    case AttemptOutcome::kAnswered:
      breaker_.answered();
      break;
    case AttemptOutcome::kDeferred:
      domains_.deferred(attempt.mail.domain, now);
      breaker_.answered();
      break;
    case AttemptOutcome::kRelayFailed:
      breaker_.failed(attempt.probe, now);
      break;
    case AttemptOutcome::kNotMade:
      if (attempt.probe) breaker_.probe_without_result(now);
      break;
  }
}

std::optional<milliseconds> Dispatcher::next_at(milliseconds now) const {
  if (waiting() == 0 || under_way() >= settings_.senders) return std::nullopt;
  const auto relay_at = breaker_.next_at(now);
  if (!relay_at) return std::nullopt;
  return std::max(*relay_at, rate_.next_at(now));
}

std::vector<PostponedMail> Dispatcher::take_postponed() { return std::exchange(postponed_, {}); }

std::size_t Dispatcher::waiting() const {
  return std::accumulate(waiting_.begin(), waiting_.end(), std::size_t{0},
                         [](std::size_t sum, const auto& list) { return sum + list.size(); });
}

RelayState Dispatcher::relay_state() const {
  if (refused_us_) return RelayState::kRefusesUs;
  return breaker_.open() ? RelayState::kDown : RelayState::kFine;
}

}  // namespace jawort
