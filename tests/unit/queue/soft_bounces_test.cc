#include "engine/queue/soft_bounces.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

using std::chrono::hours;

const Instant kNow = from_millis(1'795'425'304'000);

SoftBounce days_ago(int days, std::string date) {
  return {kNow - hours{24 * days}, std::move(date)};
}

}  // namespace

TEST_CASE("soft bounces count by their days, for a while, and since the last delivery") {
  CHECK_FALSE(bounced_too_often({}, std::nullopt, kNow));
  const std::vector<SoftBounce> three{days_ago(0, "c"), days_ago(9, "b"), days_ago(20, "a")};
  CHECK(bounced_too_often(three, std::nullopt, kNow));
  CHECK(bounced_too_often(three, kNow - hours{24 * 21}, kNow));
  CHECK_FALSE(bounced_too_often(three, kNow - hours{24 * 19}, kNow));
  CHECK_FALSE(bounced_too_often({days_ago(0, "b"), days_ago(0, "b"), days_ago(1, "a")},
                                std::nullopt, kNow));
  CHECK_FALSE(bounced_too_often({days_ago(0, "c"), days_ago(9, "b"), days_ago(31, "a")},
                                std::nullopt, kNow));
}

}  // namespace jawort
