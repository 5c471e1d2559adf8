// Decides which mail goes next, and when: no threads, no clock, no I/O. It is told what is due, how
// attempts ended, and the time; a driver (engine/flow/worker, or a simulation) does the rest:
//
//   for (const DueMail& mail : due mails, at most wanted() of each priority) offer(mail);
//   while (const auto mail = next(now)) { attempt it; ended(*mail, end, now); }
//   write take_postponed(); sleep until next_at(), the next due mail, or a call
//
// One thread at a time. `now` is Clock::monotonic(): never backwards, only differences count.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/queue/domain_backoff.h"
#include "engine/queue/outbox.h"
#include "engine/queue/relay_breaker.h"
#include "engine/queue/send_rate.h"

namespace jawort {

struct DueMail {
  MailId mail;
  MailPriority priority = MailPriority::kPersonal;
  std::string domain;  // of the recipient, lower case
  bool tried = false;  // the relay deferred it before: it keeps to its own plan
};

enum class AttemptOutcome : std::uint8_t {
  kTaken,
  kAnswered,     // refused, or kept back by us at the last moment: the relay is there
  kDeferred,     // the relay is there and does not want this mail now
  kRelayFailed,  // it did not come to speak about this mail, or left it open whether it took it
  kNotMade,      // nothing was tried
};

struct AttemptEnd {
  AttemptOutcome outcome = AttemptOutcome::kNotMade;
  bool our_fault = false;  // refused for what we are or how we are set up
  bool again = false;      // kRelayFailed: the mail is due again as soon as the relay is back
};

struct PostponedMail {
  MailId mail;
  milliseconds by{0};  // due again after this; no try was used
};

enum class RelayState : std::uint8_t { kFine, kDown, kRefusesUs };

struct DispatchSettings {
  int senders = 8;                // attempts under way at a time, [smtp] connections
  std::optional<RateLimit> rate;  // [smtp] rate
};

// How many due mails of each priority are asked for.
using MailsWanted = std::array<int, kMailPriorities>;

class Dispatcher {
 public:
  explicit Dispatcher(const DispatchSettings& settings);

  // 0 for a priority of which enough are waiting here. Those known already are among the due ones:
  // they are asked for on top.
  MailsWanted wanted() const;
  // False: it is known already (waiting or under way), and passed over.
  bool offer(const DueMail& mail);

  // The mail to try now: the highest priority first, in the order of offering. It is under way
  // until ended(). Nothing while all senders are busy, the rate is reached, or the relay is down.
  std::optional<MailId> next(milliseconds now);
  void ended(MailId mail, const AttemptEnd& end, milliseconds now);
  // When next() may have an answer, if nothing else happens before; nothing: not before a call.
  std::optional<milliseconds> next_at(milliseconds now) const;
  // Mails held back for their domain since the last call. They are forgotten here and offered again
  // when they are due again.
  std::vector<PostponedMail> take_postponed();

  bool has_postponed() const { return !postponed_.empty(); }
  std::size_t waiting() const;
  int under_way() const { return static_cast<int>(under_way_.size()); }
  // kRefusesUs holds until it took a mail and has not refused us for ten minutes.
  RelayState relay_state() const;

 private:
  struct UnderWay {
    DueMail mail;
    bool probe = false;  // of the breaker
  };
  bool held_for_domain(const DueMail& mail, milliseconds now);
  void learn(const UnderWay& attempt, const AttemptEnd& end, milliseconds now);

  const DispatchSettings settings_;
  SendRate rate_;
  RelayBreaker breaker_;
  DomainBackoff domains_;
  std::array<std::deque<DueMail>, kMailPriorities> waiting_;
  std::map<MailId, UnderWay> under_way_;
  std::set<MailId> known_;  // waiting or under way
  std::vector<PostponedMail> postponed_;
  std::optional<milliseconds> refused_us_;  // when it last did
};

}  // namespace jawort
