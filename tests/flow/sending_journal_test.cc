// What the outbox row says at every moment, and what a start makes of it: kills, lost replies,
// somebody who takes a mail out while it is on its way.
#include "engine/queue/retry.h"
#include "tests/support/catch.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::only_row;
using jawort::testing::rows_of;
using jawort::testing::World;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const std::string kAnna = "anna@example.org";

std::vector<ContactRecord::HistoryEntry> events(World& world, std::string_view type) {
  std::vector<ContactRecord::HistoryEntry> found;
  const auto record = world.contact(kAnna);
  if (!record) return found;
  for (const auto& entry : record->history) {
    if (entry.type == type) found.push_back(entry);
  }
  return found;
}

std::string fact(const ContactRecord::HistoryEntry& entry, std::string_view name) {
  const auto found = std::ranges::find(entry.facts, name, &Fact::name);
  return found == entry.facts.end() ? std::string() : found->value;
}

// A process that is killed at one point of an attempt: nothing that would follow is written.
struct Killed {};

class KilledAt final : public MailTransport {
 public:
  enum Point { kBeforeTheNetwork, kBeforeTheMark, kAfterTheMark, kAfterTheReply };
  KilledAt(World& world, Point point) : world_(world), point_(point) {}
  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override {
    if (point_ == kBeforeTheNetwork || point_ == kBeforeTheMark) throw Killed();
    if (point_ == kAfterTheMark) {
      REQUIRE(gate());
      throw Killed();
    }
    (void)world_.relay->send(envelope, message, gate);
    throw Killed();
  }

 private:
  World& world_;
  const Point point_;
};

void kill_at(World& world, KilledAt::Point point) {
  KilledAt transport(world, point);
  REQUIRE_THROWS_AS(send_mails(world.context(), transport, only_row(world).mail,
                               [](MailId, const AttemptEnd&) { return std::optional<MailId>(); }),
                    Killed);
}

std::uint64_t uncertain_counted(World& world) {
  return world.metrics.counter("jawort_mails_uncertain_total", "").value();
}

int recovered(World& world) {
  const auto uncertain = recover_outbox(world.context());
  REQUIRE(uncertain.ok());
  return *uncertain;
}

}  // namespace

TEST_CASE("a kill before the mark sends the mail once, and uses up no try") {
  World world;
  world.sign_up(kAnna);
  for (int i = 0; i < 20; ++i) {
    kill_at(world, KilledAt::kBeforeTheMark);
    CHECK(only_row(world).state == OutboxState::kAttempting);
    CHECK(world.deliver() == 0);
    CHECK(recovered(world) == 0);
    CHECK(only_row(world).state == OutboxState::kQueued);
    CHECK(only_row(world).attempts == 0);
  }
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to(kAnna) == 1);
  CHECK(only_row(world).attempts == 1);
  CHECK(only_row(world).uncertain == 0);
  CHECK(uncertain_counted(world) == 0);
  world.check_invariants();
}

TEST_CASE("a kill after the mark is uncertain: sent once more at once, then held") {
  World world;
  world.sign_up(kAnna);
  const auto point = GENERATE(KilledAt::kAfterTheMark, KilledAt::kAfterTheReply);
  const std::size_t copies = point == KilledAt::kAfterTheReply ? 1 : 0;
  kill_at(world, point);
  CHECK(only_row(world).state == OutboxState::kHandingOver);
  CHECK(only_row(world).handed_over_at == world.clock.now());
  CHECK(recovered(world) == 1);
  CHECK(recovered(world) == 0);
  CHECK(only_row(world).state == OutboxState::kQueued);
  CHECK(only_row(world).uncertain == 1);
  REQUIRE(events(world, "mail_uncertain").size() == 1);
  CHECK(fact(events(world, "mail_uncertain")[0], "reason") == "restart");
  CHECK(uncertain_counted(world) == 1);

  SECTION("the second copy is the same, byte for byte") {
    CHECK(world.deliver() == 1);
    CHECK(only_row(world).state == OutboxState::kSent);
    CHECK(only_row(world).uncertain == 1);
    REQUIRE(world.relay->delivered().size() == copies + 1);
    CHECK(world.relay->delivered().front().message == world.relay->delivered().back().message);
  }
  SECTION("killed there again, an operator decides") {
    kill_at(world, point);
    CHECK(recovered(world) == 1);
    CHECK(only_row(world).state == OutboxState::kHeld);
    CHECK(only_row(world).uncertain == 2);
    CHECK(only_row(world).last_reply.find("may have arrived") != std::string::npos);
    CHECK(fact(events(world, "mail_uncertain")[1], "then") == "held");
    world.clock.advance(hours{24});
    CHECK(world.deliver() == 0);
    CHECK(world.relay->delivered().size() == 2 * copies);
    REQUIRE(act_on_mail(world.context(), only_row(world).mail, QueueAction::kRelease));
    CHECK(world.deliver() == 1);
    CHECK(only_row(world).state == OutboxState::kSent);
  }
  SECTION("denied meanwhile, nothing goes any more") {
    world.deliver();
    const std::string link = world.revoke_token(kAnna);
    world.revoke(link);
    CHECK_FALSE(world.contact(kAnna));
    CHECK(world.deliver() == 0);
  }
  world.check_invariants();
}

TEST_CASE("a lost reply is uncertain: again by the plan, then held") {
  World world;
  world.sign_up(kAnna);
  world.relay->answer(Verdict::kUncertain, 0, "");
  world.relay->answer(Verdict::kUncertain, 0, "");
  CHECK(world.deliver() == 1);
  auto row = only_row(world);
  CHECK(row.state == OutboxState::kQueued);
  CHECK(row.next_at >= world.clock.now() + minutes{9});
  CHECK(fact(events(world, "mail_uncertain")[0], "reason") == "no_reply");
  world.clock.set(row.next_at);
  CHECK(world.deliver() == 1);
  row = only_row(world);
  CHECK(row.state == OutboxState::kHeld);
  CHECK(row.attempts == 2);
  CHECK(row.uncertain == 2);
  CHECK(uncertain_counted(world) == 2);
  CHECK(world.relay->delivered().size() == 2);
  world.clock.advance(hours{24});
  CHECK(world.deliver() == 0);
  world.check_invariants();
}

TEST_CASE("recovery of many rows works in bounded transactions and forgets none") {
  World world;
  constexpr int kMails = 450;
  for (int i = 0; i < kMails; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  for (OutboxRow row : rows_of(world)) {
    REQUIRE(world.store().write([&](Tables& tables) -> Status {
      row.state = OutboxState::kAttempting;
      JAWORT_TRY(tables.outbox().update(row));
      if (row.mail.value % 2 == 0) return {};
      row.state = OutboxState::kHandingOver;
      return tables.outbox().update(row);
    }));
  }
  const int uncertain = recovered(world);
  CHECK(uncertain > 0);
  const auto rows = rows_of(world);
  CHECK(std::ranges::count(rows, OutboxState::kQueued, &OutboxRow::state) == kMails);
  CHECK(std::ranges::count(rows, 1, &OutboxRow::uncertain) == uncertain);
  CHECK(world.deliver() == kMails);
  world.check_invariants();
}

TEST_CASE("an operator's drop reaches a mail that is on its way, up to the last bytes") {
  World world;
  world.sign_up(kAnna);
  world.relay->before_gate(
      [&] { REQUIRE(act_on_mail(world.context(), only_row(world).mail, QueueAction::kDrop)); });
  CHECK(world.deliver() == 1);
  CHECK(world.relay->delivered().empty());
  CHECK(only_row(world).state == OutboxState::kDropped);
  CHECK(events(world, "mail_dropped").size() == 1);
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);
  world.check_invariants();
}

TEST_CASE("once the last bytes may be out, nobody can take the mail out of the queue") {
  World world;
  world.sign_up(kAnna);
  kill_at(world, KilledAt::kAfterTheMark);
  CHECK(act_on_mail(world.context(), only_row(world).mail, QueueAction::kDrop).error().kind ==
        ErrorKind::kRefused);
}

namespace {

// Every order of what an attempt does and of what somebody else does, drawn by a seed.
void interleave(int rounds) {
  enum Act : std::uint8_t { kNothing, kRevoke, kDeny, kDrop, kSuppress, kSignUpAgain, kActs };
  enum When : std::uint8_t { kBefore, kAtTheGate, kAfter, kWhens };
  World world;
  std::mt19937 dice(20261125);
  int sent = 0, withheld = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string email = "p" + std::to_string(i) + "@example.org";
    const auto act = static_cast<Act>(dice() % kActs);
    const auto when = static_cast<When>(dice() % kWhens);
    world.sign_up(email);
    const auto mail = world.round(email)->mail;
    const auto link = revocation_link(world.context(), email, "newsletter");
    REQUIRE(link.ok());
    const std::string token = link->substr(link->rfind('/') + 1);
    bool ended = false;
    const auto happens = [&] {
      switch (act) {
        case kRevoke:
        case kDeny:  // of what is pending: the same end by another door
          world.revoke(token, act == kRevoke ? RevokedBy::kOneClick : RevokedBy::kLink);
          ended = true;
          break;
        case kDrop:
          ended = act_on_mail(world.context(), mail, QueueAction::kDrop).ok();
          break;
        case kSuppress:
          REQUIRE(world.store().write([&](Tables& tables) {
            return tables.suppressions().put(address_key(world.context().keys.address, email),
                                             {SuppressionReason::kNeverAgain, world.clock.now()});
          }));
          ended = true;
          break;
        case kSignUpAgain:  // within the limit of mails: the older mail stays
          world.sign_up(email);
          break;
        case kNothing:
        case kActs:
          break;
      }
    };
    const std::size_t before = world.relay->delivered().size();
    if (when == kBefore) happens();
    world.relay->before_gate([&] {
      if (when == kAtTheGate) happens();
    });
    world.deliver();
    const std::size_t copies = world.relay->delivered().size() - before;
    if (when != kAfter) {
      CAPTURE(i, int{act}, int{when});
      REQUIRE(copies == (ended ? 0U : 1U));
    } else {
      REQUIRE(copies == 1);
      happens();
      world.deliver();
      REQUIRE(world.relay->delivered().size() - before == 1);
    }
    (copies == 1 ? sent : withheld) += 1;
  }
  CHECK(sent > rounds * 4 / 10);
  CHECK(withheld > rounds * 2 / 10);
  CHECK(world.relay->wrong().empty());
}

}  // namespace

TEST_CASE("interleavings at the gate: nothing goes after an end, everything else goes") {
  interleave(500);
}

TEST_CASE("10,000 interleavings at the gate", "[long]") { interleave(10'000); }

TEST_CASE("the end of one attempt and the beginning of the next are one transaction") {
  World world;
  for (int i = 0; i < 10; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  std::vector<std::pair<long, long>> seen;  // attempting, sent: at each gate
  world.relay->before_gate([&] {
    const auto rows = rows_of(world);
    seen.emplace_back(std::ranges::count(rows, OutboxState::kAttempting, &OutboxRow::state),
                      std::ranges::count(rows, OutboxState::kSent, &OutboxRow::state));
  });
  CHECK(world.deliver() == 10);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(seen[i] == std::pair{1L, static_cast<long>(i)});
  }
}

// ---- Addresses ---------------------------------------------------------------------------------

namespace {

void suppress(World& world, SuppressionReason reason) {
  REQUIRE(world.store().write([&](Tables& tables) {
    return tables.suppressions().put(address_key(world.context().keys.address, kAnna),
                                     {reason, world.clock.now()});
  }));
}

}  // namespace

TEST_CASE("a mailbox that does not exist is suppressed, and a fresh confirmation lifts that") {
  World world;
  world.sign_up(kAnna);
  world.relay->answer(Verdict::kBadAddress, 550, "5.1.1 no such user");
  CHECK(world.deliver() == 1);
  CHECK(only_row(world).state == OutboxState::kFailed);
  REQUIRE(world.contact(kAnna)->suppression);
  CHECK(world.contact(kAnna)->suppression->reason == SuppressionReason::kHardBounce);
  REQUIRE(events(world, "mail_refused").size() == 1);
  CHECK(fact(events(world, "mail_refused")[0], "verdict") == "bad_address");
  CHECK(fact(events(world, "mail_refused")[0], "suppressed") == "hard_bounce");

  world.clock.advance(hours{25});
  world.sign_up(kAnna);
  CHECK(world.deliver() == 1);
  CHECK(world.contact(kAnna)->suppression);  // the mail alone proves nothing
  CHECK(world.confirm(world.confirm_token(kAnna)).state == LinkState::kConfirmed);
  CHECK_FALSE(world.contact(kAnna)->suppression);
  CHECK(fact(events(world, "consent_confirmed")[0], "suppression_lifted") == "hard_bounce");
  world.check_invariants();
}

TEST_CASE("what is refused otherwise is not held against the address") {
  World world;
  world.sign_up(kAnna);
  const auto verdict = GENERATE(Verdict::kRefused, Verdict::kOurFault, Verdict::kDeferred);
  world.relay->answer(verdict, 550, "5.7.1 no");
  world.deliver();
  CHECK_FALSE(world.contact(kAnna)->suppression);
}

TEST_CASE("after a complaint or never again not even a confirmation mail goes") {
  const auto reason = GENERATE(SuppressionReason::kComplaint, SuppressionReason::kNeverAgain);
  World world;
  suppress(world, reason);
  const FormAnswer answer = world.sign_up(kAnna);
  CHECK(answer.errors.empty());
  CHECK(answer.asked == world.sign_up("new@example.org").asked);
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to(kAnna) == 0);
  CHECK(world.mails_to("new@example.org") == 1);
  CHECK(world.contact(kAnna)->suppression->reason == reason);
}

TEST_CASE("a suppression that comes while the mail waits keeps it back, and that is recorded") {
  World world;
  world.sign_up(kAnna);
  suppress(world, SuppressionReason::kComplaint);
  world.deliver();
  CHECK(only_row(world).state == OutboxState::kDropped);
  REQUIRE(events(world, "mail_dropped").size() == 1);
  CHECK(fact(events(world, "mail_dropped")[0], "reason") == "complaint");
  world.check_invariants();
}

TEST_CASE("the graver reason counts") {
  World world;
  world.sign_up(kAnna);
  suppress(world, SuppressionReason::kComplaint);
  suppress(world, SuppressionReason::kHardBounce);
  CHECK(world.contact(kAnna)->suppression->reason == SuppressionReason::kComplaint);
  suppress(world, SuppressionReason::kNeverAgain);
  CHECK(world.contact(kAnna)->suppression->reason == SuppressionReason::kNeverAgain);
}
