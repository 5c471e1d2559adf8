#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

Instant at(std::string_view text) {
  const auto instant = parse_rfc3339(text);
  REQUIRE(instant);
  return *instant;
}

Duration duration(std::string_view text) {
  CAPTURE(text);
  const auto parsed = parse_duration(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string added(std::string_view start, std::string_view text) {
  return rfc3339(plus(at(start), duration(text)));
}

TEST_CASE("RFC 3339: writing") {
  CHECK(rfc3339(from_millis(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339(from_millis(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(rfc3339(from_millis(1795425302114)) == "2026-11-23T09:15:02.114Z");
  CHECK(rfc3339(from_millis(951782400000)) == "2000-02-29T00:00:00.000Z");
  CHECK(rfc3339(from_millis(2147483648000)) == "2038-01-19T03:14:08.000Z");
  CHECK(rfc3339(from_millis(INT64_MAX)) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(from_millis(INT64_MIN)) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("RFC 3339: reading what others write") {
  const Instant expected = from_millis(1795425302114);
  CHECK(at("2026-11-23T09:15:02.114Z") == expected);
  CHECK(at("2026-11-23T10:15:02.114+01:00") == expected);
  CHECK(at("2026-11-22T23:45:02.1149999-09:30") == expected);
  CHECK(at("2026-11-23T09:15:02Z") == expected - milliseconds(114));
  CHECK(at("2026-11-23T09:15:02.1Z") == expected - milliseconds(14));
  CHECK(at("2026-11-23T09:15:02.114-00:00") == expected);
  CHECK(rfc3339(at("0000-01-01T00:00:00.000Z")) == "0000-01-01T00:00:00.000Z");
  CHECK(at("9999-12-31T23:59:59.999Z") == from_millis(253402300799999));
}

TEST_CASE("RFC 3339: refusing") {
  for (const char* bad : {"",
                          "2026-11-23",
                          "2026-11-23T09:15:02",
                          "2026-11-23 09:15:02Z",
                          "2026-11-23t09:15:02z",
                          "2026-02-29T00:00:00Z",
                          "2100-02-29T00:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-04-31T00:00:00Z",
                          "2026-11-00T00:00:00Z",
                          "2026-11-23T24:00:00Z",
                          "2026-11-23T09:60:00Z",
                          "2026-12-31T23:59:60Z",
                          "2026-11-23T09:15:02.Z",
                          "2026-11-23T09:15:02.114",
                          "26-11-23T09:15:02Z",
                          "2026-11-23T09:15:02.114ZZ",
                          "2026-11-23T09:15:02,114Z",
                          "2026-11-23T09:15:02+0100",
                          "2026-11-23T09:15:02+24:00",
                          "2026-11-23T09:15:02+01:60",
                          "2026-11-23T09:15:02+01",
                          " 2026-11-23T09:15:02Z",
                          "-026-11-23T09:15:02Z",
                          "2026-1-023T09:15:02Z",
                          "+2026-11-23T09:15:02Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rfc3339(bad));
  }
}

TEST_CASE("RFC 3339: random moments come back") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20000; ++round) {
    const Instant instant = from_millis(static_cast<std::int64_t>(random() % 253402300800000ULL));
    const std::string text = rfc3339(instant);
    REQUIRE(text.size() == 24);
    REQUIRE(parse_rfc3339(text) == instant);
  }
}

TEST_CASE("durations") {
  CHECK(duration("P7D") == Duration{0, hours(7 * 24)});
  CHECK(duration("PT48H") == Duration{0, hours(48)});
  CHECK(duration("P2W") == Duration{0, hours(14 * 24)});
  CHECK(duration("P1DT12H") == Duration{0, hours(36)});
  CHECK(duration("P24M") == Duration{24, seconds(0)});
  CHECK(duration("P3Y") == Duration{36, seconds(0)});
  CHECK(duration("P1M") == Duration{1, seconds(0)});
  CHECK(duration("PT1M") == Duration{0, seconds(60)});
  CHECK(duration("P1Y2M3DT4H5M6S") == Duration{14, seconds(3 * 86400 + 4 * 3600 + 5 * 60 + 6)});
  CHECK(duration("P1YT1S") == Duration{12, seconds(1)});
  CHECK(duration("PT0S") == Duration{});
  CHECK(duration("P007D") == duration("P7D"));
  CHECK(duration("P9999Y") == Duration{119988, seconds(0)});
}

TEST_CASE("what is not a duration") {
  for (const char* bad : {"",
                          "P",
                          "PT",
                          "P1",
                          "PT1",
                          "7D",
                          "p7d",
                          "P7d",
                          "P-7D",
                          "-P7D",
                          "+P7D",
                          "P+7D",
                          "P1.5D",
                          "P1,5D",
                          "PT1.5S",
                          "P7D ",
                          " P7D",
                          "P 7D",
                          "P1DT",
                          "P1M1Y",
                          "P1D1M",
                          "PT1M1H",
                          "PT1S1M",
                          "P1Y1Y",
                          "PT1H1H",
                          "P1W1D",
                          "P1D1W",
                          "P1Y1W",
                          "P1WT1H",
                          "P1H",
                          "PT1D",
                          "PT1Y",
                          "P1S",
                          "PTT1H",
                          "PP1D",
                          "P10000Y",
                          "P119989M",
                          "P9999Y1M",
                          "P4000000D",
                          "PT999999999999H",
                          "P99999999999999999999D",
                          "P18446744073709551616D",
                          "P9223372036854775807D",
                          "P9223372036854775807W",
                          "PT9223372036854775807S",
                          "P3659634DT999999999H",
                          "D",
                          "T1H",
                          "P7DD"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

TEST_CASE("adding months clips to the end of the month") {
  CHECK(added("2026-01-31T10:00:00.001Z", "P1M") == "2026-02-28T10:00:00.001Z");
  CHECK(added("2028-01-31T10:00:00.000Z", "P1M") == "2028-02-29T10:00:00.000Z");
  CHECK(added("2100-01-31T10:00:00.000Z", "P1M") == "2100-02-28T10:00:00.000Z");
  CHECK(added("2000-01-31T10:00:00.000Z", "P1M") == "2000-02-29T10:00:00.000Z");
  CHECK(added("2026-03-31T23:59:59.999Z", "P1M") == "2026-04-30T23:59:59.999Z");
  CHECK(added("2026-01-31T00:00:00.000Z", "P2M") == "2026-03-31T00:00:00.000Z");
  CHECK(added("2028-02-29T12:00:00.000Z", "P1Y") == "2029-02-28T12:00:00.000Z");
  CHECK(added("2028-02-29T12:00:00.000Z", "P4Y") == "2032-02-29T12:00:00.000Z");
  CHECK(added("2026-11-30T00:00:00.000Z", "P3M") == "2027-02-28T00:00:00.000Z");
  CHECK(added("2026-12-31T00:00:00.000Z", "P24M") == "2028-12-31T00:00:00.000Z");
}

TEST_CASE("months first, then exact time; before 1970 too") {
  CHECK(added("2026-01-31T00:00:00.000Z", "P1M1D") == "2026-03-01T00:00:00.000Z");
  CHECK(added("2026-12-31T23:00:00.000Z", "P1MT1H") == "2027-02-01T00:00:00.000Z");
  CHECK(added("2026-03-28T12:00:00.000Z", "P1D") == "2026-03-29T12:00:00.000Z");
  CHECK(added("1969-12-31T23:59:59.999Z", "P1M") == "1970-01-31T23:59:59.999Z");
  CHECK(added("1960-01-31T01:02:03.004Z", "P1M") == "1960-02-29T01:02:03.004Z");
  CHECK(added("2026-11-23T09:15:02.114Z", "PT0S") == "2026-11-23T09:15:02.114Z");
  // The longest there is does not overflow.
  CHECK(to_millis(plus(at("9999-12-31T23:59:59.999Z"), duration("P9999Y3659000D"))) > 0);
}

TEST_CASE("rate limits") {
  const auto two = parse_rate_limits("1 per P1D, 3 per P30D");
  REQUIRE(two);
  CHECK(*two == std::vector<RateLimit>{{1, duration("P1D")}, {3, duration("P30D")}});
  CHECK(parse_rate_limits("60 per PT1H") == std::vector<RateLimit>{{60, duration("PT1H")}});
  CHECK(parse_rate_limits(" 8  per  P1M ,2 per P1W") ==
        std::vector<RateLimit>{{8, duration("P1M")}, {2, duration("P1W")}});
  for (const char* bad : {"",
                          ",",
                          "1 per P1D,",
                          "1 per",
                          "per P1D",
                          "1 P1D",
                          "0 per P1D",
                          "-1 per P1D",
                          "+1 per P1D",
                          "1 per PT0S",
                          "1 per P",
                          "1.5 per P1D",
                          "1 per P1D 2 per P2D",
                          "2147483648 per P1D",
                          "99999999999999999999 per P1D",
                          "x per P1D",
                          "1per P1D",
                          "1 perP1D",
                          "1 per P1D; 3 per P30D",
                          "1 PER P1D"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rate_limits(bad));
  }
}

}  // namespace
}  // namespace jawort
