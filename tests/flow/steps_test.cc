#include "engine/flow/erase_contact.h"
#include "engine/flow/pause_outbox.h"
#include "engine/flow/run_steps.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::readable;
using jawort::testing::source_file;
using jawort::testing::take;
using jawort::testing::World;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* kAnna = "anna@example.org";

// sommer.toml with other steps.
std::string with_steps(const std::string& steps) {
  std::string text = source_file("tests/golden/sommer.toml");
  const auto begin =
      text.find("[[campaign.step]]\non    = \"opt_in\"                               #");
  const auto end = text.find("[[campaign]]\nid      = \"autumn-bread\"");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  return text.substr(0, begin) +
         "[[campaign.step]]\non = \"opt_in\"\nafter = \"PT0S\"\nmail = \"confirmation\"\n" + steps +
         "\n" + text.substr(end);
}

std::string step(const std::string& on, const std::string& after, const std::string& mail,
                 const std::string& more = "") {
  return "[[campaign.step]]\non = \"" + on + "\"\nafter = \"" + after + "\"\nmail = \"" + mail +
         "\"\n" + more + "\n";
}

void put_in_force(World& world, const std::string& text) {
  take(apply_definitions(world.context(), {{"test.toml", text}}, false));
}

std::vector<EnrolmentRow> waiting(World& world) {
  std::vector<EnrolmentRow> rows;
  take(world.store().read([&](const Tables& tables) -> Status {
    rows = take(tables.enrolments().due(*parse_rfc3339("2100-01-01T00:00:00Z"), 1000));
    return {};
  }));
  return rows;
}

// The types of the events, in order; those of `type` alone where it is given.
std::vector<Leaf> events(World& world, std::string_view type) {
  std::vector<Leaf> found;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    for (std::int64_t i = 1; i <= last; ++i) {
      const auto event = take(tables.events().find(i));
      if (event->type == type) found.push_back(take(decode_leaf(event->leaf)));
    }
    return {};
  }));
  return found;
}

int steps_and_mails(World& world) {
  const int steps = world.run_steps();
  world.deliver();
  return steps;
}

}  // namespace

TEST_CASE("sommer.toml runs: welcome at once, recipes on the third day inside the window") {
  World world;
  world.sign_up_and_confirm(kAnna);     // 10:15 in Berlin
  REQUIRE(waiting(world).size() == 2);  // the reminder's row goes when it is due
  CHECK(steps_and_mails(world) == 1);
  REQUIRE(world.mails_to(kAnna) == 2);
  const std::string welcome = readable(world.newest_mail(kAnna).message);
  CHECK(welcome.find("Ihre Anmeldung ist bestätigt") != std::string::npos);
  CHECK(welcome.find("weil Sie am 23.11.2026 um 10:15:02 Uhr") != std::string::npos);
  CHECK(welcome.find("/revoke/") != std::string::npos);
  CHECK(welcome.find("/preferences/") != std::string::npos);
  CHECK(welcome.find("Bäckerei Sommer GmbH") != std::string::npos);
  CHECK(steps_and_mails(world) == 0);

  world.clock.advance(hours{48});
  CHECK(steps_and_mails(world) == 1);  // the reminder is not wanted any more
  CHECK(world.mails_to(kAnna) == 2);
  world.clock.advance(hours{24} - minutes{1});
  CHECK(steps_and_mails(world) == 0);
  world.clock.advance(minutes{1});
  CHECK(steps_and_mails(world) == 1);
  REQUIRE(world.mails_to(kAnna) == 3);
  CHECK(readable(world.newest_mail(kAnna).message).find("Brotsalat") != std::string::npos);
  CHECK(waiting(world).empty());
  CHECK(events(world, "step_queued").size() == 2);
  world.check_invariants();
}

TEST_CASE("a window that is closed puts the step off to its next opening") {
  World world;
  world.clock.set(*parse_rfc3339("2026-11-23T20:30:00Z"));  // 21:30 in Berlin
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  world.clock.set(*parse_rfc3339("2026-11-27T06:59:59Z"));
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 2);
  world.clock.set(*parse_rfc3339("2026-11-27T07:00:00Z"));  // 08:00
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 3);
}

TEST_CASE("the window is asked again right before the mail goes") {
  World world;
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  world.clock.set(*parse_rfc3339("2026-11-26T18:59:00Z"));  // 19:59
  CHECK(world.run_steps() == 2);
  world.clock.advance(minutes{2});
  world.deliver();
  CHECK(world.mails_to(kAnna) == 2);
  world.clock.set(*parse_rfc3339("2026-11-27T07:00:00Z"));
  world.deliver();
  CHECK(world.mails_to(kAnna) == 3);
  world.check_invariants();
}

TEST_CASE("the reminder goes once, with a link that takes the older one's place") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string first = world.confirm_token(kAnna);
  const std::string leave = world.revoke_token(kAnna);
  const auto before = *world.round(kAnna);
  world.clock.advance(hours{48});
  CHECK(steps_and_mails(world) == 1);
  REQUIRE(world.mails_to(kAnna) == 2);
  const std::string mail = readable(world.newest_mail(kAnna).message);
  CHECK(mail.find("nur dieses eine Mal") != std::string::npos);
  CHECK(mail.find("Ja, ich möchte den Newsletter") != std::string::npos);
  const auto after = *world.round(kAnna);
  CHECK(after.mailed_at == before.mailed_at);
  CHECK(after.expires_at == before.expires_at);
  CHECK(after.first_mail == before.mail);

  CHECK(take(look_up_link(world.context(), first)).state == LinkState::kSuperseded);
  CHECK(world.confirm(first).state == LinkState::kSuperseded);
  SECTION("pressed") {
    CHECK(world.confirm(world.confirm_token(kAnna)).state == LinkState::kConfirmed);
    CHECK(world.round(kAnna)->status == ConsentStatus::kConfirmed);
    CHECK(take(look_up_link(world.context(), first)).state == LinkState::kSuperseded);
    (void)steps_and_mails(world);
    CHECK(world.mails_to(kAnna) == 3);  // welcome
  }
  SECTION("not pressed") {
    world.clock.advance(hours{24 * 5} + minutes{1});
    CHECK(world.expire() == 1);
    CHECK_FALSE(world.contact(kAnna));
    CHECK(steps_and_mails(world) == 0);
  }
  SECTION("the older mail's link to leave still ends it") {
    CHECK(world.revoke(leave).state == RevokeState::kRevoked);
    CHECK_FALSE(world.contact(kAnna));
  }
  SECTION("erased") {
    take(erase_contact(world.context(), kAnna, false));
    CHECK_FALSE(world.contact(kAnna));
  }
  CHECK(events(world, "reminder_queued").size() == 1);
  world.check_invariants();
}

TEST_CASE("no reminder for who has confirmed, denied, or is over the limit of mails") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  std::size_t mails = 1;
  SECTION("confirmed") {
    world.confirm(world.confirm_token(kAnna));
    (void)steps_and_mails(world);
    mails = 2;  // welcome
  }
  SECTION("denied") {
    take(deny_consent(world.context(), world.confirm_token(kAnna), World::visit()));
  }
  SECTION("over the limit") {
    for (int i = 0; i < 1; ++i) {
      world.clock.advance(hours{25});
      world.sign_up(kAnna);
      world.deliver();
      ++mails;
    }
    world.clock.advance(hours{25} - hours{2});
  }
  world.clock.advance(hours{24});
  (void)steps_and_mails(world);
  if (!world.round(kAnna) || world.round(kAnna)->confirmed) {
    CHECK(world.mails_to(kAnna) == mails);
  }
  world.check_invariants();
}

TEST_CASE("a reminder over the limit of mails is passed over, and said") {
  World world(
      replace_all(source_file("tests/golden/sommer.toml"), "1 per P1D, 3 per P30D", "1 per P30D"));
  world.sign_up(kAnna);
  world.deliver();
  world.clock.advance(hours{48});
  CHECK(steps_and_mails(world) == 1);
  CHECK(world.mails_to(kAnna) == 1);
  const auto withheld = events(world, "step_withheld");
  REQUIRE(withheld.size() == 1);
  CHECK(withheld.front().fact("reason") == "per_address");
  CHECK(waiting(world).empty());
  CHECK(world.confirm(world.confirm_token(kAnna)).state == LinkState::kConfirmed);
  world.check_invariants();
}

TEST_CASE("a renewal is reminded of in the same way, and its end leaves the consent as it was") {
  World world;
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  world.new_wording();
  world.clock.advance(hours{24 * 5});
  (void)steps_and_mails(world);
  world.sign_up(kAnna);
  world.deliver();
  world.clock.advance(hours{48});
  (void)steps_and_mails(world);
  const std::string mail = readable(world.newest_mail(kAnna).message);
  CHECK(mail.find("nur dieses eine Mal") != std::string::npos);
  CHECK(mail.find("Was Sie früher bestätigt haben, gilt weiter") != std::string::npos);
  SECTION("pressed") {
    world.confirm(world.confirm_token(kAnna));
    CHECK(world.round(kAnna)->confirmed->date == "2026-11-30");
  }
  SECTION("not pressed") {
    world.clock.advance(hours{24 * 5} + minutes{1});
    CHECK(world.expire() == 1);
    CHECK(world.round(kAnna)->confirmed->date == "2026-11-23");
  }
  world.check_invariants();
}

TEST_CASE("nobody is mailed a step after leaving, wherever it stands") {
  World world;
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  const std::string token = world.revoke_token(kAnna);
  SECTION("before it is due") {
    world.revoke(token);
    world.clock.advance(hours{72});
    (void)steps_and_mails(world);
    CHECK(waiting(world).empty());
  }
  SECTION("before it goes") {
    world.clock.advance(hours{72});
    CHECK(world.run_steps() == 2);
    world.revoke(token);
    world.deliver();
  }
  SECTION("right before its last bytes") {
    world.clock.advance(hours{72});
    CHECK(world.run_steps() == 2);
    world.relay->before_gate([&] { world.revoke(token); });
    world.deliver();
  }
  SECTION("and comes back: the older round's steps stay away") {
    world.clock.advance(hours{72});
    CHECK(world.run_steps() == 2);
    world.revoke(token);
    world.sign_up(kAnna);
    world.relay->answer(Verdict::kDeferred, 451, "later");
    world.deliver();
  }
  SECTION("erased") {
    take(erase_contact(world.context(), kAnna, false));
    CHECK(waiting(world).empty());
    world.clock.advance(hours{72});
    CHECK(steps_and_mails(world) == 0);
  }
  CHECK(events(world, "step_queued").size() <= 2);
  CHECK(world.relay->wrong().empty());
  for (const auto& mail : world.relay->delivered()) {
    CHECK(readable(mail.message).find("Brotsalat") == std::string::npos);
  }
  world.check_invariants();
}

TEST_CASE("the highest frequency of a purpose holds over all campaigns and mails") {
  // Two steps after an hour and after a day; "1 per P7D" in the purpose.
  World world(with_steps(step("confirmed", "PT0S", "welcome") +
                         step("confirmed", "PT1H", "recipes") +
                         step("confirmed", "P1D", "recipes")));
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 2);  // the answer to the press is not counted
  world.clock.advance(hours{1});
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 3);
  world.clock.advance(hours{24});
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 3);
  REQUIRE(waiting(world).size() == 1);
  world.clock.advance(hours{24 * 6} - minutes{1});
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 3);
  world.clock.advance(minutes{1});
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 4);
  world.check_invariants();
}

TEST_CASE(
    "what the relay did not take is no use; what it perhaps took is one, and is not repeated") {
  World world(
      with_steps(step("confirmed", "PT1H", "recipes") + step("confirmed", "PT2H", "welcome")));
  world.sign_up_and_confirm(kAnna);
  world.clock.advance(hours{1});
  SECTION("deferred") {
    world.relay->answer(Verdict::kDeferred, 451, "later");
    (void)steps_and_mails(world);
    CHECK(world.mails_to(kAnna) == 1);
    world.clock.advance(minutes{15});
    world.deliver();
    CHECK(world.mails_to(kAnna) == 2);
    world.clock.advance(minutes{45});
    (void)steps_and_mails(world);
    CHECK(world.mails_to(kAnna) == 2);
  }
  SECTION("left open") {
    world.relay->answer(Verdict::kUncertain, 0, "");
    (void)steps_and_mails(world);
    world.clock.advance(hours{1});
    (void)steps_and_mails(world);
    CHECK(jawort::testing::rows_of(world).back().state == OutboxState::kHeld);
    const auto held = jawort::testing::rows_of(world).back().mail;
    // An operator who lets it go is not kept waiting by the attempt itself.
    take(act_on_mail(world.context(), held, QueueAction::kRelease));
    world.deliver();
    CHECK(jawort::testing::rows_of(world).back().state == OutboxState::kSent);
  }
  world.check_invariants();
}

TEST_CASE("of two mails at once the gate lets one go") {
  World world(with_steps(step("confirmed", "PT1H", "recipes") +
                         step("field_changed", "PT1H", "welcome", "field = \"first_name\"")));
  FormPost post = world.post(kAnna);
  post.fields = {{"first_name", "Anna"}};
  world.accept(post);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  CHECK(waiting(world).size() == 2);
  world.clock.advance(hours{1});
  CHECK(world.run_steps() == 2);  // both are queued: neither was a use yet
  world.deliver();
  CHECK(world.mails_to(kAnna) == 2);
  world.clock.advance(hours{24 * 7});
  world.deliver();
  CHECK(world.mails_to(kAnna) == 3);
  CHECK(readable(world.newest_mail(kAnna).message).find("Guten Tag Anna,") != std::string::npos);
  world.check_invariants();
}

TEST_CASE("a consent that nobody used for too long, or of too low a grade, carries no mail") {
  SECTION("idle") {
    World world(with_steps(step("confirmed", "P25M", "recipes")));
    world.sign_up_and_confirm(kAnna);
    world.clock.set(*parse_rfc3339("2029-01-02T12:00:00Z"));
    (void)steps_and_mails(world);
    CHECK(world.mails_to(kAnna) == 1);
    REQUIRE(events(world, "step_withheld").size() == 1);
    CHECK(events(world, "step_withheld").front().fact("reason") == "idle");
    world.check_invariants();
  }
  SECTION("grade") {
    World world(replace_all(with_steps(step("confirmed", "PT1H", "recipes")), "kind = \"drip\"",
                            "least_grade = \"observed\"\nkind = \"drip\""));
    world.sign_up(kAnna);
    world.deliver();
    take(confirm_consent(world.context(), world.confirm_token(kAnna), std::nullopt, true,
                         World::visit()));
    world.clock.advance(hours{1});
    (void)steps_and_mails(world);
    CHECK(world.mails_to(kAnna) == 1);
    REQUIRE(events(world, "step_withheld").size() == 1);
    CHECK(events(world, "step_withheld").front().fact("reason") == "grade");
    world.check_invariants();
  }
}

TEST_CASE("who confirmed calls only is in no sequence") {
  World world;
  FormPost post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  world.deliver();
  take(confirm_consent(world.context(), world.confirm_token(kAnna),
                       std::vector<std::string>{"phone"}, false, World::visit()));
  for (const EnrolmentRow& row : waiting(world)) CHECK(row.follows == "opt_in");
}

TEST_CASE("a revocation is answered at once by a neutral notice, where the campaign has one") {
  World world(with_steps(step("revoked", "PT0S", "revoked")));
  world.sign_up_and_confirm(kAnna);
  world.revoke(world.revoke_token(kAnna));
  CHECK(steps_and_mails(world) == 1);
  REQUIRE(world.mails_to(kAnna) == 2);
  CHECK(readable(world.newest_mail(kAnna).message).find("Widerruf der Einwilligung eingetragen") !=
        std::string::npos);
  world.check_invariants();
}

TEST_CASE("a step by a date goes on that day, and a newer date takes its place") {
  const std::string field =
      "[[field]]\nname = \"birthday\"\ntype = \"date\"\nlabel = { de = \"Geburtstag\", en = "
      "\"Birthday\" }\npersonal = true\ncategory = \"birth\"\nused_for = [\"newsletter\"]\nkeep = "
      "\"P3Y\"\n";
  World world(field +
              replace_all(with_steps(step("date", "PT9H", "recipes", "field = \"birthday\"")),
                          "fields    = [{ name = \"first_name\" }, { name = \"branch\" }]",
                          "fields = [{ name = \"birthday\" }]"));
  FormPost post = world.post(kAnna);
  post.fields = {{"birthday", "2026-12-24"}};
  world.accept(post);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const auto rows = waiting(world);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().due_at == *parse_rfc3339("2026-12-24T08:00:00Z"));
  world.clock.set(*parse_rfc3339("2026-12-24T08:00:00Z"));
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 2);
  CHECK(waiting(world).empty());
  world.check_invariants();
}

TEST_CASE("stop_on, while and unless") {
  World world(with_steps(step("confirmed", "PT1H", "welcome", "while = \"revoked\"") +
                         step("confirmed", "PT2H", "welcome", "unless = \"confirmed\"") +
                         step("confirmed", "PT3H", "recipes", "stop_on = \"opt_in\"") +
                         step("confirmed", "PT4H", "welcome")));
  world.sign_up_and_confirm(kAnna);
  world.clock.advance(hours{2});
  CHECK(steps_and_mails(world) == 1);
  CHECK(steps_and_mails(world) == 1);
  CHECK(world.mails_to(kAnna) == 1);
  SECTION("not stopped") {
    world.clock.advance(hours{1});
    CHECK(steps_and_mails(world) == 1);
    CHECK(world.mails_to(kAnna) == 2);
  }
  SECTION("stopped") {
    world.clock.advance(hours{1});
    world.sign_up(kAnna);
    CHECK(world.run_steps() >= 1);
    CHECK(events(world, "step_queued").empty());
  }
  world.check_invariants();
}

TEST_CASE("whoever began with a version stays with it") {
  World world;
  world.sign_up_and_confirm(kAnna);
  put_in_force(world, with_steps(step("confirmed", "PT0S", "recipes")));
  (void)steps_and_mails(world);
  CHECK(readable(world.newest_mail(kAnna).message).find("Ihre Anmeldung ist bestätigt") !=
        std::string::npos);
  world.sign_up_and_confirm("bea@example.org");
  (void)steps_and_mails(world);
  CHECK(readable(world.newest_mail("bea@example.org").message).find("Brotsalat") !=
        std::string::npos);
  world.check_invariants();
}

TEST_CASE("while the outbox is paused no step is carried out") {
  World world;
  world.sign_up_and_confirm(kAnna);
  take(pause_outbox(world.context(), "restore"));
  CHECK(steps_and_mails(world) == 0);
  CHECK_FALSE(take(next_step_due(world.context())));
  take(resume_outbox(world.context()));
  CHECK(steps_and_mails(world) == 1);
  CHECK(world.mails_to(kAnna) == 2);
}

TEST_CASE("a campaign that is paused keeps what is due and what is queued, and loses nothing") {
  World world;
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  world.clock.advance(hours{72});
  const auto pause = [&](bool on) {
    take(world.store().write([&](Tables& tables) {
      return tables.enrolments().set_pause("newsletter-opt-in",
                                           on ? std::optional(world.clock.now()) : std::nullopt);
    }));
  };
  SECTION("due") {
    pause(true);
    CHECK(steps_and_mails(world) == 0);
    pause(false);
    (void)steps_and_mails(world);
  }
  SECTION("queued") {
    (void)world.run_steps();
    pause(true);
    world.deliver();
    CHECK(world.mails_to(kAnna) == 2);
    pause(false);
    world.clock.advance(hours{1});
    world.deliver();
  }
  CHECK(world.mails_to(kAnna) == 3);
  world.check_invariants();
}

TEST_CASE("an address that bounced gets no step, and the withheld one is on record") {
  World world;
  world.sign_up_and_confirm(kAnna);
  (void)steps_and_mails(world);
  take(world.store().write([&](Tables& tables) {
    return tables.suppressions().put(address_key(world.context().keys.address, kAnna),
                                     {SuppressionReason::kHardBounce, world.clock.now()});
  }));
  world.clock.advance(hours{72});
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 2);
  REQUIRE(events(world, "step_withheld").size() == 1);
  CHECK(events(world, "step_withheld").front().fact("reason") == "suppression");
  world.check_invariants();
}

TEST_CASE("an address that bounced is not reminded either") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  take(world.store().write([&](Tables& tables) {
    return tables.suppressions().put(address_key(world.context().keys.address, kAnna),
                                     {SuppressionReason::kHardBounce, world.clock.now()});
  }));
  world.clock.advance(hours{48});
  (void)steps_and_mails(world);
  CHECK(world.mails_to(kAnna) == 1);
  CHECK(events(world, "reminder_queued").empty());
  REQUIRE(events(world, "step_withheld").size() == 1);
  CHECK(events(world, "step_withheld").front().fact("reason") == "suppression");
  world.check_invariants();
}

TEST_CASE("steps survive a restart at any moment, and go once") {
  World world;
  world.sign_up_and_confirm(kAnna);
  take(world.restart());
  CHECK(world.run_steps() == 1);
  take(world.restart());
  CHECK(world.run_steps() == 0);
  world.deliver();
  CHECK(world.mails_to(kAnna) == 2);
  world.check_invariants();
}
