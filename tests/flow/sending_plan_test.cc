// Days of sending on a virtual clock: a relay that is down, a rate, greylisting, a domain that
// defers everybody.
#include "tests/support/catch.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::rows_of;
using jawort::testing::World;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// A relay by a function of the recipient and of the time.
class RelayByTime final : public MailTransport {
 public:
  using Answer = std::function<Delivery(const Envelope&)>;
  RelayByTime(World& world, Answer answer) : world_(world), answer_(std::move(answer)) {}
  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override {
    attempts.push_back({envelope.recipient, world_.clock.now()});
    Delivery delivery = answer_(envelope);
    if (delivery.verdict != Verdict::kAccepted) return delivery;
    delivery = world_.relay->send(envelope, message, gate);
    if (delivery.verdict == Verdict::kAccepted) taken.push_back(attempts.back());
    return delivery;
  }
  struct Seen {
    std::string recipient;
    Instant at;
  };
  std::vector<Seen> attempts, taken;

 private:
  World& world_;
  Answer answer_;
};

Delivery answer_of(Verdict verdict, bool about_mail) {
  Delivery delivery;
  delivery.verdict = verdict;
  delivery.about_mail = about_mail;
  delivery.code = verdict == Verdict::kDeferred && about_mail ? 451 : 0;
  return delivery;
}

// Drives a dispatcher as the worker does, on the virtual clock, until `end`.
void run_until(World& world, RelayByTime& relay, Dispatcher& dispatcher, Instant end) {
  const auto now = [&] { return world.clock.monotonic(); };
  while (world.clock.now() < end) {
    REQUIRE(postpone_mails(world.context(), dispatcher.take_postponed()));
    const auto due = due_mails(world.context(), dispatcher.wanted());
    REQUIRE(due.ok());
    for (const DueMail& mail : due->mails) dispatcher.offer(mail);
    const auto first = dispatcher.next(now());
    if (first) {
      REQUIRE(send_mails(world.context(), relay, *first,
                         [&](MailId mail, const AttemptEnd& attempt) -> std::optional<MailId> {
                           dispatcher.ended(mail, attempt, now());
                           return std::nullopt;
                         }));
      continue;
    }
    if (dispatcher.has_postponed()) continue;
    Instant next = end;
    if (due->next_due) next = std::min(next, *due->next_due);
    if (const auto at = dispatcher.next_at(now())) next = std::min(next, from_millis(at->count()));
    world.clock.set(std::max(next, world.clock.now() + milliseconds{1}));
  }
}

}  // namespace

TEST_CASE("a relay that is down for 26 hours: nothing lost, no try used up, then at the rate") {
  World world;
  constexpr int kMails = 500;
  for (int i = 0; i < kMails; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  const Instant down_until = world.clock.now() + hours{26};
  RelayByTime relay(world, [&](const Envelope&) {
    const bool down = world.clock.now() < down_until;
    return down ? answer_of(Verdict::kDeferred, false) : answer_of(Verdict::kAccepted, true);
  });
  Dispatcher dispatcher({1, RateLimit{60, {0, seconds{60}}}});
  run_until(world, relay, dispatcher, down_until);
  for (const OutboxRow& row : rows_of(world)) {
    REQUIRE(row.state == OutboxState::kQueued);
    REQUIRE(row.attempts == 0);
  }
  // Probed about once a minute, not once per mail.
  CHECK(relay.attempts.size() > 26U * 60U * 9U / 10U);
  CHECK(relay.attempts.size() < 26U * 60U * 11U / 10U);
  // What happened to each is not written down again for each probe.
  CHECK(world.contact("p0@example.org")->history.size() <= 2);

  run_until(world, relay, dispatcher, down_until + minutes{10});
  REQUIRE(relay.taken.size() == kMails);
  CHECK(relay.taken.front().at - down_until <= seconds{61});
  const milliseconds drained = relay.taken.back().at - relay.taken.front().at;
  CHECK(drained >= seconds{kMails - 2});
  CHECK(drained <= seconds{kMails * 12 / 10});
  for (const OutboxRow& row : rows_of(world)) REQUIRE(row.state == OutboxState::kSent);
  world.check_invariants();
}

TEST_CASE("a confirmation mail overtakes 10,000 others that are queued, within 5 seconds") {
  World world;
  for (int i = 0; i < 50; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  REQUIRE(world.store().write([&](Tables& tables) -> Status {
    MailRow copy;
    const auto rows = tables.outbox().page({}, MailId{}, 100);
    for (OutboxRow row : *rows) {  // as newsletters will be
      const auto mail = tables.outbox().mail(row.mail);
      copy = **mail;
      row.priority = MailPriority::kBulk;
      JAWORT_TRY(tables.outbox().update(row));
    }
    for (int i = 50; i < 10'000; ++i) {
      copy.id = world.context().ids.next<MailId>();
      JAWORT_TRY(tables.outbox().queue(copy, world.clock.now()));
      const auto found = tables.outbox().find(copy.id);
      OutboxRow row = **found;
      row.priority = MailPriority::kBulk;
      JAWORT_TRY(tables.outbox().update(row));
    }
    return {};
  }));
  RelayByTime relay(world, [](const Envelope&) { return answer_of(Verdict::kAccepted, true); });
  Dispatcher dispatcher({1, RateLimit{60, {0, seconds{60}}}});
  run_until(world, relay, dispatcher, world.clock.now() + seconds{30});
  CHECK(relay.taken.size() >= 29);
  world.sign_up("anna@example.org");
  const Instant asked = world.clock.now();
  run_until(world, relay, dispatcher, asked + seconds{5});
  const auto anna = std::ranges::find(relay.taken, std::string("anna@example.org"),
                                      &RelayByTime::Seen::recipient);
  REQUIRE(anna != relay.taken.end());
  CHECK(anna->at - asked <= seconds{5});
  CHECK(relay.taken.size() < 40);
}

TEST_CASE("greylisting is through in 12 minutes, also for many at one domain") {
  World world;
  constexpr int kMails = 40;
  for (int i = 0; i < kMails; ++i) world.sign_up("p" + std::to_string(i) + "@grey.example");
  std::map<std::string, Instant> first;
  RelayByTime relay(world, [&](const Envelope& envelope) {
    const Instant known = first.try_emplace(envelope.recipient, world.clock.now()).first->second;
    const bool early = world.clock.now() - known < minutes{5};
    return answer_of(early ? Verdict::kDeferred : Verdict::kAccepted, true);
  });
  Dispatcher dispatcher({1, {}});
  const Instant start = world.clock.now();
  run_until(world, relay, dispatcher, start + hours{2});
  REQUIRE(relay.taken.size() == kMails);
  for (const auto& seen : relay.taken) {
    CHECK(seen.at - first.at(seen.recipient) <= minutes{12});
  }
}

TEST_CASE("one mail that is deferred keeps to the plan until its link would be dead") {
  World world;
  world.sign_up("anna@example.org");
  RelayByTime relay(world, [](const Envelope&) { return answer_of(Verdict::kDeferred, true); });
  Dispatcher dispatcher({1, {}});
  run_until(world, relay, dispatcher, world.clock.now() + hours{24 * 8});
  std::vector<double> pauses;
  for (std::size_t i = 1; i < relay.attempts.size(); ++i) {
    pauses.push_back(std::chrono::duration<double, std::ratio<60>>(relay.attempts[i].at -
                                                                   relay.attempts[i - 1].at)
                         .count());
  }
  REQUIRE(pauses.size() > 100);
  CHECK(std::abs(pauses[0] - 10) <= 2);
  CHECK(std::abs(pauses[1] - 30) <= 6);
  for (std::size_t i = 2; i < pauses.size(); ++i) REQUIRE(std::abs(pauses[i] - 60) <= 6.1);
  const milliseconds whole = relay.attempts.back().at - relay.attempts.front().at;
  CHECK(whole > hours{96});
  CHECK(whole < hours{144});  // five days, to 20 %
  CHECK(rows_of(world).front().state == OutboxState::kFailed);
}

TEST_CASE("a domain that defers everybody for a day is asked now and then, others go at once") {
  World world;
  constexpr int kMails = 300;
  for (int i = 0; i < kMails; ++i) world.sign_up("p" + std::to_string(i) + "@busy.example");
  for (int i = 0; i < 20; ++i) world.sign_up("q" + std::to_string(i) + "@fine.example");
  const Instant start = world.clock.now();
  RelayByTime relay(world, [&](const Envelope& envelope) {
    const bool busy =
        envelope.recipient.ends_with("busy.example") && world.clock.now() < start + hours{24};
    return answer_of(busy ? Verdict::kDeferred : Verdict::kAccepted, true);
  });
  Dispatcher dispatcher({1, {}});
  run_until(world, relay, dispatcher, start + minutes{1});
  CHECK(relay.taken.size() == 20);
  run_until(world, relay, dispatcher, start + hours{24});
  // Not one of the mails that were only kept waiting has used a try.
  const auto rows = rows_of(world);
  CHECK(std::ranges::count_if(rows, [](const OutboxRow& row) { return row.attempts > 0; }) < 70);
  CHECK(relay.attempts.size() < 1'000);
  run_until(world, relay, dispatcher, start + hours{26});
  CHECK(relay.taken.size() == kMails + 20);
}
