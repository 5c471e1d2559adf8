#include "webhooks/incoming/client_limit.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class VirtualClock final : public Clock {
 public:
  Instant now() const override { return wall; }
  milliseconds monotonic() const override { return elapsed; }
  void pass(milliseconds time) {
    elapsed += time;
    wall += time;
  }
  Instant wall{hours{24 * 20000}};
  milliseconds elapsed{1000};
};

std::vector<RateLimit> limits(const char* text) {
  auto parsed = parse_rate_limits(text);
  REQUIRE(parsed);
  return *parsed;
}

TEST_CASE("20 per hour: the 21st waits until the first has left the window") {
  VirtualClock clock;
  ClientLimit limit(clock);
  const auto rule = limits("20 per PT1H");
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(limit.count_post("f", "203.0.113.7", rule));
    clock.pass(minutes(1));
  }
  CHECK(limit.count_post("f", "203.0.113.7", rule) == seconds(40 * 60));
  clock.pass(minutes(40) - milliseconds(1));
  CHECK(limit.count_post("f", "203.0.113.7", rule) == seconds(1));
  clock.pass(milliseconds(1));
  CHECK_FALSE(limit.count_post("f", "203.0.113.7", rule));
  CHECK(limit.count_post("f", "203.0.113.7", rule) == seconds(60));
}

TEST_CASE("forms and networks are counted apart") {
  VirtualClock clock;
  ClientLimit limit(clock);
  const auto rule = limits("1 per PT1H");
  CHECK_FALSE(limit.count_post("f", "a", rule));
  CHECK(limit.count_post("f", "a", rule));
  CHECK_FALSE(limit.count_post("g", "a", rule));
  CHECK_FALSE(limit.count_post("f", "b", rule));
  CHECK_FALSE(limit.count_post("f", "a", {}));
}

TEST_CASE("several limits hold together, and a refused post does not count") {
  VirtualClock clock;
  ClientLimit limit(clock);
  const auto rule = limits("2 per PT1M, 3 per PT1H");
  CHECK_FALSE(limit.count_post("f", "a", rule));
  CHECK_FALSE(limit.count_post("f", "a", rule));
  for (int i = 0; i < 10; ++i) CHECK(limit.count_post("f", "a", rule) == seconds(60));
  clock.pass(minutes(1));
  CHECK_FALSE(limit.count_post("f", "a", rule));
  CHECK(limit.count_post("f", "a", rule) == seconds(59 * 60));
}

TEST_CASE("steps of the wall clock change nothing") {
  VirtualClock clock;
  ClientLimit limit(clock);
  const auto rule = limits("1 per PT1H");
  CHECK_FALSE(limit.count_post("f", "a", rule));
  clock.wall += hours(24 * 3650);
  CHECK(limit.count_post("f", "a", rule) == seconds(3600));
  clock.wall -= hours(24 * 7300);
  CHECK(limit.count_post("f", "a", rule) == seconds(3600));
}

TEST_CASE("memory is bounded: the quiet are forgotten, the busy are not") {
  VirtualClock clock;
  ClientLimit limit(clock, 1000);
  const auto rule = limits("1 per PT1H");
  CHECK_FALSE(limit.count_post("f", "quiet", rule));
  CHECK_FALSE(limit.count_post("f", "busy", rule));
  for (int i = 0; i < 2000; ++i) {
    CHECK_FALSE(limit.count_post("f", "flood" + std::to_string(i), rule));
    CHECK(limit.count_post("f", "busy", rule));
  }
  CHECK_FALSE(limit.count_post("f", "quiet", rule));
}

}  // namespace
}  // namespace jawort
