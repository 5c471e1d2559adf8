// The protection of forms on a virtual clock: limits, counts, and what is forgotten when.
#include "engine/flow/brake_mails.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/prune_marks.h"
#include "tests/support/catch.h"
#include "tests/support/world.h"

namespace jawort {
namespace {

using namespace std::chrono_literals;
using testing::World;

// "day form reason posts" per line, as it lies in the database.
std::string blocked(World& world) {
  std::string text;
  REQUIRE(write_blocked(world.context()).ok());
  const Status read = world.store().read([&](const Tables& tables) -> Status {
    const auto rows = tables.blocked_posts().since("2000-01-01");
    if (!rows.ok()) return rows.error();
    text.clear();
    for (const BlockedPostRow& row : *rows) {
      text += row.day + ' ' + row.form + ' ' + row.reason + ' ' + std::to_string(row.posts) + '\n';
    }
    return {};
  });
  REQUIRE(read.ok());
  return text;
}

int prune(World& world, int limit = 100) {
  const auto pruned = prune_marks(world.context(), limit);
  REQUIRE(pruned.ok());
  return *pruned;
}

std::string two_forms() {
  std::string toml = testing::source_file("tests/golden/sommer.toml");
  const std::string_view own = "per_address   = \"1 per P1D, 3 per P30D\"";
  const auto at = toml.find(own);
  REQUIRE(at != std::string::npos);
  toml.replace(at, own.size(), "per_address   = \"5 per P1D, 9 per P30D\"");
  return toml + R"(
[[form]]
id        = "strict"
title     = { de = "Streng" }
languages = ["de"]
purposes  = [{ id = "newsletter" }]
campaign  = "newsletter-opt-in"
[form.protect]
per_address = "2 per P60D"
)";
}

TEST_CASE("an address gets what the strictest of all forms allows, whichever form is posted") {
  World world(two_forms());
  for (int day = 0; day < 70; ++day) {
    if (day == 60) CHECK(world.mails_to("anna@example.org") == 2);
    world.sign_up("anna@example.org");
    world.expire();
    world.deliver();
    CHECK(prune(world) <= 1);
    world.clock.advance(24h);
  }
  // The first two have left the window of 60 days; a mark is kept for as long, not for 30 days.
  CHECK(world.mails_to("anna@example.org") == 4);
}

TEST_CASE("what was blocked leaves a number per day, form and reason") {
  World world;
  FormPost bot = world.post("bot@example.org");
  bot.honeypot = "1";
  world.accept(bot);
  world.accept(bot);
  world.sign_up("anna@example.org");
  world.sign_up("anna@example.org");
  world.deliver();
  world.clock.advance(24h);
  REQUIRE(deny_consent(world.context(), world.confirm_token("anna@example.org"), World::visit()));
  world.sign_up("anna@example.org");
  CHECK(blocked(world) ==
        "2026-11-23 newsletter honeypot 2\n"
        "2026-11-23 newsletter per_address 1\n"
        "2026-11-24 newsletter denied 1\n");
  CHECK(blocked(world) == blocked(world));  // written once
  CHECK_FALSE(world.contact("bot@example.org"));
  const std::string metrics = world.metrics.render();
  for (const char* series :
       {"reason=\"honeypot\"} 2", "reason=\"per_address\"} 1", "reason=\"denied\"} 1"}) {
    CAPTURE(series);
    CHECK(metrics.find(std::string("jawort_blocked_posts_total{form=\"newsletter\",") + series) !=
          std::string::npos);
  }
  world.check_invariants();
}

TEST_CASE("marks are forgotten when no limit and no denial needs them, in small steps") {
  World world;
  for (const char* address : {"a@example.org", "b@example.org", "c@example.org"}) {
    world.sign_up(address);
  }
  world.deliver();
  REQUIRE(deny_consent(world.context(), world.confirm_token("a@example.org"), World::visit()));
  CHECK(prune(world) == 0);
  world.clock.advance(30 * 24h);
  CHECK(prune(world) == 0);
  world.clock.advance(1ms);
  CHECK(prune(world, 2) == 2);
  CHECK(prune(world, 2) == 2);  // the third mail, and the denial
  CHECK(prune(world, 2) == 0);
}

TEST_CASE("the brake: posts beyond the limit are taken, their mails go one by one, none is lost") {
  World world;
  world.settings.confirmation_mails = RateLimit{10, Duration{0, 1h}};
  REQUIRE(resume_brake(world.context()).ok());
  const auto engaged = [&] {
    return world.metrics.render().find("jawort_brake_engaged 1\n") != std::string::npos;
  };
  const auto address = [](int number) {
    return "reader-" + std::to_string(number) + "@example.org";
  };
  for (int number = 0; number < 40; ++number) {
    CHECK(world.sign_up(address(number)).errors.empty());
    CHECK(engaged() == (number >= 9));
  }
  CHECK(world.deliver() == 10);
  CHECK(world.contact(address(39)));
  world.clock.advance(6min - 1ms);
  CHECK(world.deliver() == 0);
  for (int mail = 11; mail <= 40; ++mail) {  // an hour's tenth each
    world.clock.advance(mail == 11 ? 1ms : 6min);
    CHECK(world.deliver() == 1);
  }
  CHECK(world.mails_to(address(39)) == 1);
  CHECK(engaged());
  world.clock.advance(6min);
  CHECK_FALSE(engaged());
  // After an hour without mails as many as before go at once.
  world.clock.advance(54min);
  for (int number = 40; number < 50; ++number) world.sign_up(address(number));
  CHECK(world.deliver() == 10);
  world.check_invariants();
}

TEST_CASE("the brake holds over a restart, and the operator can let mails go") {
  World world;
  world.settings.confirmation_mails = RateLimit{10, Duration{0, 1h}};
  for (int number = 0; number < 25; ++number) {
    world.sign_up("reader-" + std::to_string(number) + "@example.org");
  }
  world.shield.brake.~MailBrake();  // what a new process finds
  new (&world.shield.brake) MailBrake();
  CHECK(mail_slot(world.context(), world.clock.now()) == world.clock.now());
  REQUIRE(resume_brake(world.context()).ok());
  CHECK(mail_slot(world.context(), world.clock.now()) == world.clock.now() + 16 * 6min);
  CHECK(world.deliver() == 10);
  std::vector<MailId> waiting;
  REQUIRE(world.store()
              .read([&](const Tables& tables) -> Status {
                const auto rows = tables.outbox().page({OutboxState::kQueued}, MailId{}, 100);
                if (!rows.ok()) return rows.error();
                waiting.clear();
                for (const OutboxRow& row : *rows) waiting.push_back(row.mail);
                return {};
              })
              .ok());
  CHECK(waiting.size() == 15);
  for (const MailId mail : waiting) {
    REQUIRE(act_on_mail(world.context(), mail, QueueAction::kRetry).ok());
  }
  CHECK(world.deliver() == 15);
}

// The attack of 2016 on form providers: many posts to few addresses, for days, through honest
// forms.
void replay(int posts_per_address) {
  World world;
  constexpr int kAddresses = 9;
  const auto address = [](int number) {
    return "victim-" + std::to_string(number) + "@example.org";
  };
  const Instant end = world.clock.now() + 30 * 24h;
  const milliseconds pause = milliseconds{30 * 24h} / posts_per_address;
  std::optional<FormAnswer> expected;
  for (int round = 0; round < posts_per_address; ++round) {
    for (int number = 0; number < kAddresses; ++number) {
      const FormAnswer answer = world.sign_up(address(number));
      if (!expected) expected = answer;
      REQUIRE(answer.errors.empty());
      REQUIRE(answer.asked == expected->asked);
      REQUIRE(answer.language == expected->language);
    }
    if (round % 97 == 0) world.expire();
    world.deliver();
    world.clock.advance(pause);
  }
  REQUIRE(world.clock.now() <= end);
  for (int number = 0; number < kAddresses; ++number) {
    CHECK(world.mails_to(address(number)) == 3);
  }
  CHECK(world.relay->delivered().size() == 3 * kAddresses);
  CHECK(world.relay->wrong().empty());
}

TEST_CASE("list bombing: three mails per address in 30 days, however many posts") { replay(300); }

TEST_CASE("list bombing as in 2016: 9 addresses, 9,000 posts each", "[long]") { replay(9'000); }

}  // namespace
}  // namespace jawort
