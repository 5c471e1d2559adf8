// A confirmation that looks like a machine's is marked and explained, and in force all the same.
#include "engine/flow/suspicion.h"

#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

using Names = std::vector<std::string>;
constexpr std::string_view kAnna = "anna@example.org";
constexpr std::string_view kScanner = "Mozilla/5.0 (compatible; Barracuda Sentinel)";

PressSignals calm() {
  const Instant mailed = from_millis(1'795'425'300'000);
  return {"browser", mailed + minutes(5), mailed, {{mailed + minutes(4), "browser"}}};
}

std::string fact(World& world, std::string_view name) {
  const auto record = world.contact(kAnna);
  REQUIRE(record);
  for (const auto& entry : record->history) {
    if (entry.type != "consent_confirmed") continue;
    for (const Fact& one : entry.facts) {
      if (one.name == name) return one.value;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("each rule has its signal") {
  CHECK(suspicions(calm()) == Names{});
  auto signals = calm();
  signals.client = "scanner";
  CHECK(suspicions(signals) == Names{"scanner_pressed"});
  signals = calm();
  signals.at = *signals.mailed_at + seconds(1);
  CHECK(suspicions(signals) == Names{"pressed_after_mail"});
  signals.at = *signals.mailed_at + seconds(2);
  CHECK(suspicions(signals) == Names{});
  signals.at = *signals.mailed_at - seconds(3);  // the clock was set, or the word came late
  CHECK(suspicions(signals) == Names{});
  signals = calm();
  signals.openings.front().client = "scanner";
  CHECK(suspicions(signals) == Names{"opened_by_scanners_only"});
  signals.openings.push_back({signals.at, "browser"});
  CHECK(suspicions(signals) == Names{});
  signals = calm();
  signals.openings.assign(3, signals.openings.front());
  CHECK(suspicions(signals) == Names{"openings_at_once"});
  signals.openings.clear();
  signals.mailed_at.reset();
  CHECK(suspicions(signals) == Names{});
}

TEST_CASE("a person's press says how long it took, and is not marked") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.clock.advance(seconds(70));
  take(open_link(world.context(), world.confirm_token(kAnna), World::visit()));
  world.clock.advance(seconds(12));
  world.confirm(world.confirm_token(kAnna));
  CHECK(fact(world, "seconds_since_hand_over") == "82");
  CHECK(fact(world, "seconds_since_opening") == "12");
  CHECK(fact(world, "suspicious").empty());
  CHECK(world.contact(kAnna)->consents.front().suspicious.empty());
}

TEST_CASE("a machine's press is marked, shown and counted, and counts") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const Visit scanner{"203.0.113.9", std::string(kScanner)};
  const std::string token = world.confirm_token(kAnna);
  take(open_link(world.context(), token, scanner));
  take(confirm_consent(world.context(), token, std::nullopt, false, scanner));
  CHECK(world.round(kAnna)->status == ConsentStatus::kConfirmed);
  CHECK(fact(world, "suspicious") == "scanner_pressed pressed_after_mail opened_by_scanners_only");
  CHECK(world.contact(kAnna)->consents.front().suspicious ==
        Names{"scanner_pressed", "pressed_after_mail", "opened_by_scanners_only"});
  CHECK(world.metrics.render().find("jawort_suspicious_confirmations_total 1") !=
        std::string::npos);

  // The mark belongs to that round: who comes back by themselves is not marked.
  world.revoke(world.revoke_token(kAnna));
  world.clock.advance(std::chrono::hours(48));
  world.sign_up(kAnna);
  world.deliver();
  world.clock.advance(minutes(3));
  world.confirm(world.confirm_token(kAnna));
  CHECK(world.contact(kAnna)->consents.front().suspicious.empty());
  world.check_invariants();
}

namespace {

// A scanner that presses at once, where Jawort asks again.
struct Asking {
  World world;
  std::string token;
  const Visit scanner{"203.0.113.9", std::string(kScanner)};

  Asking() {
    world.settings.suspicious = SuspicionPolicy::kAskAgain;
    world.sign_up(kAnna);
    world.deliver();
    token = world.confirm_token(kAnna);
  }
  ConfirmPage press(const std::optional<std::string>& typed = std::nullopt) {
    return take(
        confirm_consent(world.context(), token, std::nullopt, false, World::visit(), typed));
  }
  ConfirmPage press_as_scanner() {
    return take(confirm_consent(world.context(), token, std::nullopt, false, scanner));
  }
  bool pending() { return world.round(kAnna)->status == ConsentStatus::kPending; }
};

}  // namespace

TEST_CASE("where Jawort asks again, who is not flagged confirms with one press") {
  Asking asking;
  asking.world.clock.advance(minutes(1));
  CHECK(asking.press().question == AskedQuestion::kNone);
  CHECK_FALSE(asking.pending());
  CHECK(fact(asking.world, "asked_again").empty());
}

TEST_CASE("a machine's press is asked for the address, and the typed address confirms") {
  Asking asking;
  auto page = asking.press_as_scanner();
  CHECK(page.state == LinkState::kOpen);
  CHECK(page.question == AskedQuestion::kAddress);
  CHECK(asking.pending());
  CHECK(asking.world.metrics.render().find("jawort_asked_again_total 1") != std::string::npos);

  // It stays asked, by whatever name the program calls itself then.
  asking.world.clock.advance(minutes(3));
  CHECK(take(look_up_link(asking.world.context(), asking.token)).question ==
        AskedQuestion::kAddress);
  CHECK(asking.press().question == AskedQuestion::kAddress);
  CHECK(asking.pending());
  CHECK(asking.press("bea@example.org").question == AskedQuestion::kWrongAddress);
  CHECK(asking.press("").question == AskedQuestion::kWrongAddress);
  CHECK(asking.pending());

  page = asking.press("  Anna@EXAMPLE.org ");
  CHECK(page.state == LinkState::kConfirmed);
  CHECK(page.question == AskedQuestion::kNone);
  CHECK(fact(asking.world, "asked_again") == "address");
  CHECK(fact(asking.world, "suspicious") == "scanner_pressed pressed_after_mail");
  CHECK(asking.world.metrics.render().find("jawort_asked_again_total 1") != std::string::npos);
  asking.world.check_invariants();
}

TEST_CASE("the address may be tried five times an hour, and the link still denies") {
  Asking asking;
  asking.press_as_scanner();
  for (int i = 0; i < 5; ++i) {
    CHECK(asking.press("bea@example.org").question == AskedQuestion::kWrongAddress);
    asking.world.clock.advance(minutes(10));
  }
  const auto page = asking.press(std::string(kAnna));
  CHECK(page.question == AskedQuestion::kTooManyTries);
  CHECK(page.wait == minutes(10));
  CHECK(asking.pending());
  asking.world.clock.advance(minutes(10));
  CHECK(asking.press("bea@example.org").question == AskedQuestion::kWrongAddress);
  CHECK(asking.press(std::string(kAnna)).question == AskedQuestion::kTooManyTries);
  CHECK(take(deny_consent(asking.world.context(), asking.token, World::visit())).state ==
        LinkState::kDenied);
}

TEST_CASE("an address is not looked at where presses are only marked") {
  Asking asking;
  asking.world.settings.suspicious = SuspicionPolicy::kMark;
  CHECK(asking.press("bea@example.org").state == LinkState::kConfirmed);
}

TEST_CASE(
    "a link that confirms by itself does nothing for a machine, and has a button for people") {
  Asking asking;
  const auto click = [&] {
    return take(
        confirm_consent(asking.world.context(), asking.token, std::nullopt, true, World::visit()));
  };
  auto page = click();  // within a second of the mail
  CHECK(page.state == LinkState::kOpen);
  CHECK(page.question == AskedQuestion::kNone);
  CHECK(asking.pending());
  asking.world.clock.advance(minutes(1));
  CHECK(asking.press().state == LinkState::kConfirmed);
  CHECK(fact(asking.world, "by") == "button");
}

TEST_CASE("what is remembered of the links that were asked about is bounded") {
  AskedLinks asked(2);
  CHECK(asked.ask(MailId{1}, {"a"}));
  CHECK_FALSE(asked.ask(MailId{1}, {"b", "a"}));
  CHECK(*asked.reasons(MailId{1}) == Names{"a", "b"});
  CHECK(asked.ask(MailId{2}, {}));
  CHECK(asked.ask(MailId{3}, {}));
  CHECK_FALSE(asked.reasons(MailId{1}));
  CHECK(asked.reasons(MailId{3}));
  asked.forget(MailId{3});
  CHECK_FALSE(asked.reasons(MailId{3}));
}
