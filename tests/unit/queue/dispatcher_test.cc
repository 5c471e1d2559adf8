#include "engine/queue/dispatcher.h"

#include <vector>

#include "tests/support/catch.h"

using namespace jawort;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr milliseconds kStart{1'000'000'000};

DueMail personal(std::int64_t id, std::string domain = "person.example", bool tried = false) {
  return {MailId{id}, MailPriority::kPersonal, std::move(domain), tried};
}

DueMail bulk(std::int64_t id) { return {MailId{id}, MailPriority::kBulk, "reader.example", false}; }

std::optional<RateLimit> rate(int count, std::chrono::seconds window) {
  return RateLimit{count, {0, window}};
}

constexpr AttemptEnd kTaken{AttemptOutcome::kTaken};
constexpr AttemptEnd kLater{AttemptOutcome::kDeferred};
constexpr AttemptEnd kNoRelay{AttemptOutcome::kRelayFailed, false, true};

}  // namespace

TEST_CASE("mails go in the order of offering, each once, no more than there are senders") {
  Dispatcher dispatcher({2, {}});
  CHECK(dispatcher.offer(personal(1)));
  CHECK(dispatcher.offer(personal(2)));
  CHECK_FALSE(dispatcher.offer(personal(1)));
  CHECK(dispatcher.offer(personal(3)));
  CHECK(dispatcher.next(kStart) == MailId{1});
  CHECK_FALSE(dispatcher.offer(personal(1)));
  CHECK(dispatcher.next(kStart) == MailId{2});
  CHECK_FALSE(dispatcher.next(kStart));
  CHECK_FALSE(dispatcher.next_at(kStart));
  dispatcher.ended(MailId{1}, kTaken, kStart);
  CHECK(dispatcher.next_at(kStart) == kStart);
  CHECK(dispatcher.next(kStart) == MailId{3});
  CHECK(dispatcher.offer(personal(1)));  // whether it is still to be sent is told by its row
}

TEST_CASE("a confirmation mail overtakes 10,000 newsletters, also with a rate") {
  Dispatcher dispatcher({1, rate(600, seconds{60})});
  std::int64_t offered = 0;
  milliseconds now = kStart;
  std::int64_t sent = 0;
  for (int i = 0; i < 30; ++i) {
    // As many as it wants, out of 10,000 that are due.
    while (dispatcher.wanted()[1] > 0 && offered < 10'000) dispatcher.offer(bulk(++offered));
    now = dispatcher.next_at(now).value();
    const auto mail = dispatcher.next(now);
    REQUIRE(mail == MailId{++sent});
    dispatcher.ended(*mail, kTaken, now);
  }
  CHECK(dispatcher.wanted()[0] > 0);
  dispatcher.offer(personal(99'999));
  const milliseconds asked = now;
  now = dispatcher.next_at(now).value();
  CHECK(dispatcher.next(now) == MailId{99'999});
  CHECK(now - asked <= milliseconds{100});
}

TEST_CASE("what waits in memory is bounded, whatever is due") {
  Dispatcher dispatcher({8, {}});
  std::int64_t id = 0;
  for (int round = 0; round < 100; ++round) {
    const int wanted = dispatcher.wanted()[1];
    for (int i = 0; i < wanted; ++i) dispatcher.offer(bulk(++id));
  }
  CHECK(dispatcher.waiting() <= 2 * 8 * 16);
}

TEST_CASE("a rate is kept in every window and is smooth") {
  const auto [count, window] = GENERATE(std::pair{600, seconds{60}}, std::pair{7, seconds{3}},
                                        std::pair{100'000, seconds{60}}, std::pair{1, seconds{60}});
  SendRate limit(rate(count, window));
  std::vector<milliseconds> begun;
  milliseconds now = kStart;
  for (int i = 0; i < 3 * count && i < 300'000; ++i) {
    now = limit.next_at(now);
    limit.begun(now);
    begun.push_back(now);
  }
  const auto size = static_cast<std::size_t>(count);
  for (std::size_t i = size; i < begun.size(); ++i) {
    REQUIRE(begun[i] - begun[i - size] >= milliseconds{window} - milliseconds{1});
  }
  CHECK(begun.back() - begun.front() <= 3 * milliseconds{window} + milliseconds{3 * count / 100});
  // After a quiet hour the burst is at most what a tenth of a second allows.
  now += hours{1};
  int burst = 0;
  for (; limit.next_at(now) <= now; ++burst) limit.begun(now);
  CHECK(burst <= 2 + count * 100 / std::chrono::duration_cast<milliseconds>(window).count());
}

TEST_CASE("a relay that is down is probed at growing pauses, by one mail at a time") {
  Dispatcher dispatcher({8, {}});
  for (int i = 1; i <= 20; ++i) dispatcher.offer(personal(i));
  milliseconds now = kStart;
  std::vector<MailId> under_way;
  while (const auto mail = dispatcher.next(now)) under_way.push_back(*mail);
  CHECK(under_way.size() == 8);
  for (const MailId mail : under_way) dispatcher.ended(mail, kNoRelay, now);
  CHECK(dispatcher.relay_state() == RelayState::kDown);
  CHECK(dispatcher.waiting() == 20);
  CHECK_FALSE(dispatcher.next(now));

  std::vector<milliseconds> pauses;
  std::set<MailId> probes;
  const milliseconds back = now + hours{26};
  while (now < back) {
    const auto at = dispatcher.next_at(now);
    REQUIRE(at);
    pauses.push_back(*at - now);
    CHECK_FALSE(dispatcher.next(*at - milliseconds{1}));
    now = *at;
    const auto probe = dispatcher.next(now);
    REQUIRE(probe);
    probes.insert(*probe);
    CHECK_FALSE(dispatcher.next(now));
    CHECK_FALSE(dispatcher.next_at(now));
    dispatcher.ended(*probe, kNoRelay, now);
  }
  CHECK(pauses[0] == seconds{1});
  for (std::size_t i = 1; i < pauses.size(); ++i) {
    CHECK(pauses[i] == std::min(2 * pauses[i - 1], milliseconds{60'000}));
  }
  CHECK(probes.size() == 20);  // no single mail is the touchstone

  now = dispatcher.next_at(now).value();
  dispatcher.ended(dispatcher.next(now).value(), kLater, now);  // any answer about a mail
  CHECK(dispatcher.relay_state() == RelayState::kFine);
  int going = 0;
  while (dispatcher.next(now)) ++going;
  CHECK(going == 8);
}

TEST_CASE("a probe that never was leaves the breaker open and asks again") {
  Dispatcher dispatcher({1, {}});
  dispatcher.offer(personal(1));
  milliseconds now = kStart;
  for (int i = 0; i < 3; ++i) dispatcher.ended(dispatcher.next(now).value(), kNoRelay, now);
  now = dispatcher.next_at(now).value();
  dispatcher.offer(personal(2));
  dispatcher.ended(dispatcher.next(now).value(), {}, now);  // dropped meanwhile
  CHECK(dispatcher.next(now) == MailId{2});
  CHECK(dispatcher.relay_state() == RelayState::kDown);
}

TEST_CASE("failures between answers do not open the breaker") {
  Dispatcher dispatcher({1, {}});
  for (int i = 0; i < 30; ++i) {
    dispatcher.offer(personal(2 * i + 1));
    const auto mail = dispatcher.next(kStart);
    REQUIRE(mail);
    dispatcher.ended(*mail, i % 3 == 2 ? kTaken : kNoRelay, kStart);
  }
  CHECK(dispatcher.relay_state() == RelayState::kFine);
}

TEST_CASE("a domain that defers everybody is left alone; the others and the retries go") {
  Dispatcher dispatcher({1, {}});
  milliseconds now = kStart;
  std::int64_t id = 0;
  for (int i = 0; i < DomainBackoff::kDeferralsToHold; ++i) {
    dispatcher.offer(personal(++id, "busy.example"));
    dispatcher.ended(dispatcher.next(now).value(), kLater, now);
  }
  dispatcher.offer(personal(++id, "busy.example"));
  dispatcher.offer(personal(++id, "other.example"));
  CHECK(dispatcher.next(now) == MailId{id});
  dispatcher.ended(MailId{id}, kTaken, now);
  const auto held = dispatcher.take_postponed();
  REQUIRE(held.size() == 1);
  CHECK(held[0].mail == MailId{id - 1});
  CHECK(held[0].by == minutes{1});
  CHECK(dispatcher.take_postponed().empty());
  dispatcher.offer(personal(++id, "busy.example", true));  // its own plan brought it back
  CHECK(dispatcher.next(now) == MailId{id});
  dispatcher.ended(MailId{id}, kLater, now);

  // The pauses double up to an hour; each lets one mail through.
  milliseconds pause{minutes{1}};
  for (int i = 0; i < 10; ++i) {
    now += pause;
    dispatcher.offer(personal(++id, "busy.example"));
    REQUIRE(dispatcher.next(now) == MailId{id});
    dispatcher.ended(MailId{id}, kLater, now);
    dispatcher.offer(personal(++id, "busy.example"));
    CHECK_FALSE(dispatcher.next(now));
    pause = std::min(2 * pause, milliseconds{hours{1}});
    const auto next = dispatcher.take_postponed();
    REQUIRE(next.size() == 1);
    CHECK(next[0].by == pause);
  }
  dispatcher.offer(personal(++id, "busy.example", true));
  dispatcher.ended(dispatcher.next(now).value(), kTaken, now);
  for (int i = 0; i < 3; ++i) {
    dispatcher.offer(personal(++id, "busy.example"));
    REQUIRE(dispatcher.next(now) == MailId{id});
    dispatcher.ended(MailId{id}, kTaken, now);
  }
}

TEST_CASE("the memory of deferring domains is bounded") {
  DomainBackoff domains;
  for (int i = 0; i < 50'000; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example";
    for (int j = 0; j < (i % 2 == 0 ? 1 : DomainBackoff::kDeferralsToHold); ++j) {
      domains.deferred(domain, kStart + milliseconds{i});
    }
    REQUIRE(domains.domains() <= DomainBackoff::kMostDomains);
  }
  CHECK(domains.hold("d49999.example", kStart + milliseconds{50'000}) > minutes{0});
}

TEST_CASE("being refused is told until the relay has taken mails for ten minutes") {
  Dispatcher dispatcher({1, {}});
  milliseconds now = kStart;
  std::int64_t id = 0;
  const auto attempt = [&](const AttemptEnd& end) {
    ++id;
    dispatcher.offer(personal(id, "d" + std::to_string(id) + ".example"));
    dispatcher.ended(dispatcher.next(now).value(), end, now);
    return dispatcher.relay_state();
  };
  CHECK(attempt(kTaken) == RelayState::kFine);
  CHECK(attempt({AttemptOutcome::kDeferred, true}) == RelayState::kRefusesUs);
  now += minutes{9};
  CHECK(attempt(kTaken) == RelayState::kRefusesUs);
  now += minutes{1};
  CHECK(attempt(kTaken) == RelayState::kFine);
}
