#include "engine/queue/webhook_delivery.h"

#include "engine/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/fakes.h"

namespace jawort {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a delivery is tried by the standard's plan, and no more than ten times") {
  const Instant now = *parse_rfc3339("2026-11-30T10:00:00Z");
  const std::vector<milliseconds> plan = {seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
                                          hours{10},  hours{14},  hours{20},   hours{24}};
  testing::SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const auto next = next_webhook_try(static_cast<int>(i) + 1, now, {}, random);
      REQUIRE(next);
      CHECK(*next - now >= plan[i] * 9 / 10);
      CHECK(*next - now <= plan[i] * 11 / 10);
    }
  }
  CHECK_FALSE(next_webhook_try(kMostWebhookTries, now, {}, random));
  CHECK_FALSE(next_webhook_try(kMostWebhookTries, now, seconds{5}, random));
  // Not all at the same moment.
  CHECK(next_webhook_try(5, now, {}, random) != next_webhook_try(5, now, {}, random));
}

TEST_CASE("an endpoint may ask for more time, for a day at most") {
  const Instant now = *parse_rfc3339("2026-11-30T10:00:00Z");
  testing::SeededRandom random(1);
  CHECK(*next_webhook_try(1, now, seconds{120}, random) == now + seconds{120});
  CHECK(*next_webhook_try(1, now, seconds{1}, random) > now + seconds{4});
  CHECK(*next_webhook_try(1, now, hours{1000}, random) == now + hours{24});
  CHECK(*next_webhook_try(1, now, seconds{-1000}, random) > now);
}

TEST_CASE("only 2xx is taken, 410 ends it, a redirect fails") {
  for (const int status : {200, 201, 202, 204, 299}) {
    CHECK(webhook_verdict(status) == WebhookVerdict::kTaken);
  }
  CHECK(webhook_verdict(410) == WebhookVerdict::kGone);
  for (const int status :
       {0, 100, 199, 301, 302, 307, 308, 400, 401, 404, 409, 411, 429, 500, 502, 503, 504, 999}) {
    CHECK(webhook_verdict(status) == WebhookVerdict::kFailed);
  }
}

TEST_CASE("states have names") {
  for (const char* const name : {"waiting", "delivered", "failed", "skipped"}) {
    REQUIRE(parse_webhook_state(name));
    CHECK(name_of(*parse_webhook_state(name)) == name);
  }
  CHECK_FALSE(parse_webhook_state(""));
  CHECK_FALSE(parse_webhook_state("sent"));
}

}  // namespace jawort
