#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "engine/base/time_zone.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

TimeZone zone(std::string_view name) {
  auto found = TimeZone::find(name);
  REQUIRE(found);
  return *found;
}

// "2026-11-23 10:15:02 CET +01:00 1"
std::string shown(const TimeZone& zone, std::string_view utc) {
  const auto at = parse_rfc3339(utc);
  REQUIRE(at);
  const LocalTime local = zone.local(*at);
  return local.date + " " + local.time + " " + local.abbreviation + " " + local.offset + " " +
         std::to_string(local.weekday);
}

TEST_CASE("Berlin in winter and in summer") {
  const TimeZone berlin = zone("Europe/Berlin");
  CHECK(berlin.name() == "Europe/Berlin");
  CHECK(shown(berlin, "2026-11-23T09:15:02.114Z") == "2026-11-23 10:15:02 CET +01:00 1");
  CHECK(shown(berlin, "2026-07-05T09:15:02.999Z") == "2026-07-05 11:15:02 CEST +02:00 7");
}

TEST_CASE("Berlin's clock goes forward: 02:00 becomes 03:00") {
  const TimeZone berlin = zone("Europe/Berlin");
  CHECK(shown(berlin, "2026-03-29T00:59:59.999Z") == "2026-03-29 01:59:59 CET +01:00 7");
  CHECK(shown(berlin, "2026-03-29T01:00:00.000Z") == "2026-03-29 03:00:00 CEST +02:00 7");
}

TEST_CASE("Berlin's clock goes back: 02:30 comes twice") {
  const TimeZone berlin = zone("Europe/Berlin");
  CHECK(shown(berlin, "2026-10-25T00:30:00Z") == "2026-10-25 02:30:00 CEST +02:00 7");
  CHECK(shown(berlin, "2026-10-25T00:59:59.999Z") == "2026-10-25 02:59:59 CEST +02:00 7");
  CHECK(shown(berlin, "2026-10-25T01:00:00Z") == "2026-10-25 02:00:00 CET +01:00 7");
  CHECK(shown(berlin, "2026-10-25T01:30:00Z") == "2026-10-25 02:30:00 CET +01:00 7");
}

TEST_CASE("the date changes at local midnight") {
  const TimeZone berlin = zone("Europe/Berlin");
  CHECK(shown(berlin, "2026-12-31T22:59:59.999Z") == "2026-12-31 23:59:59 CET +01:00 4");
  CHECK(shown(berlin, "2026-12-31T23:00:00.000Z") == "2027-01-01 00:00:00 CET +01:00 5");
  CHECK(shown(berlin, "2026-03-28T22:59:59.999Z") == "2026-03-28 23:59:59 CET +01:00 6");
  CHECK(shown(berlin, "2026-03-28T23:00:00.000Z") == "2026-03-29 00:00:00 CET +01:00 7");
  CHECK(shown(berlin, "2026-03-29T21:59:59.999Z") == "2026-03-29 23:59:59 CEST +02:00 7");
  CHECK(shown(berlin, "2026-03-29T22:00:00.000Z") == "2026-03-30 00:00:00 CEST +02:00 1");
  CHECK(shown(berlin, "2026-10-24T21:59:59.999Z") == "2026-10-24 23:59:59 CEST +02:00 6");
  CHECK(shown(berlin, "2026-10-25T22:59:59.999Z") == "2026-10-25 23:59:59 CET +01:00 7");
  CHECK(shown(berlin, "2026-10-25T23:00:00.000Z") == "2026-10-26 00:00:00 CET +01:00 1");
  CHECK(shown(berlin, "2028-02-28T23:00:00.000Z") == "2028-02-29 00:00:00 CET +01:00 2");
}

TEST_CASE("after 2037 summer time goes on") {
  const TimeZone berlin = zone("Europe/Berlin");
  CHECK(shown(berlin, "2037-07-01T12:00:00Z") == "2037-07-01 14:00:00 CEST +02:00 3");
  CHECK(shown(berlin, "2037-12-31T23:00:00Z") == "2038-01-01 00:00:00 CET +01:00 5");
  CHECK(shown(berlin, "2038-01-19T03:14:08Z") == "2038-01-19 04:14:08 CET +01:00 2");
  CHECK(shown(berlin, "2040-02-29T12:00:00Z") == "2040-02-29 13:00:00 CET +01:00 3");
  CHECK(shown(berlin, "2040-03-25T00:59:59Z") == "2040-03-25 01:59:59 CET +01:00 7");
  CHECK(shown(berlin, "2040-03-25T01:00:00Z") == "2040-03-25 03:00:00 CEST +02:00 7");
  CHECK(shown(berlin, "2040-10-28T00:59:59Z") == "2040-10-28 02:59:59 CEST +02:00 7");
  CHECK(shown(berlin, "2040-10-28T01:00:00Z") == "2040-10-28 02:00:00 CET +01:00 7");
}

// By the rule of the European Union: the last Sundays of March and October, 01:00 UTC.
TEST_CASE("Berlin's summer time by the rule, every year to 2199") {
  using std::chrono::Sunday;
  using std::chrono::sys_days;
  const TimeZone berlin = zone("Europe/Berlin");
  for (int y = 2000; y < 2200; ++y) {
    const Instant spring =
        sys_days(std::chrono::year(y) / 3 / Sunday[std::chrono::last]) + std::chrono::hours(1);
    const Instant autumn =
        sys_days(std::chrono::year(y) / 10 / Sunday[std::chrono::last]) + std::chrono::hours(1);
    CAPTURE(y);
    REQUIRE(berlin.local(spring - milliseconds(1)).offset == "+01:00");
    REQUIRE(berlin.local(spring).offset == "+02:00");
    REQUIRE(berlin.local(autumn - milliseconds(1)).offset == "+02:00");
    REQUIRE(berlin.local(autumn).offset == "+01:00");
  }
}

TEST_CASE("zones with other offsets") {
  CHECK(shown(zone("UTC"), "2026-11-23T09:15:02Z") == "2026-11-23 09:15:02 UTC +00:00 1");
  CHECK(shown(zone("Asia/Kathmandu"), "2026-11-23T20:15:02Z") ==
        "2026-11-24 02:00:02 +0545 +05:45 2");
  CHECK(shown(zone("America/St_Johns"), "2026-11-23T01:15:02Z") ==
        "2026-11-22 21:45:02 NST -03:30 7");
  CHECK(shown(zone("Pacific/Kiritimati"), "2026-12-31T10:00:00Z") ==
        "2027-01-01 00:00:00 +14 +14:00 5");
  CHECK(shown(zone("Asia/Tokyo"), "2045-07-01T00:00:00Z") == "2045-07-01 09:00:00 JST +09:00 6");
  CHECK(shown(zone("Australia/Sydney"), "2045-01-01T00:00:00Z") ==
        "2045-01-01 11:00:00 AEDT +11:00 7");
}

TEST_CASE("the date of a mail") {
  const TimeZone berlin = zone("Europe/Berlin");
  const auto mail_date = [&](std::string_view utc) { return berlin.rfc5322(*parse_rfc3339(utc)); };
  CHECK(mail_date("2026-11-23T09:15:02.114Z") == "Mon, 23 Nov 2026 10:15:02 +0100");
  CHECK(mail_date("2026-05-31T22:00:00.000Z") == "Mon, 1 Jun 2026 00:00:00 +0200");
  CHECK(mail_date("2027-12-31T23:59:59.999Z") == "Sat, 1 Jan 2028 00:59:59 +0100");
  CHECK(zone("America/St_Johns").rfc5322(*parse_rfc3339("2026-11-23T01:15:02Z")) ==
        "Sun, 22 Nov 2026 21:45:02 -0330");
}

TEST_CASE("an unknown zone is a configuration error with a hint") {
  for (const char* name : {"", "Europe/Berln", "CEST+5", "../../etc/passwd", "/etc/localtime",
                           "Europe", "Europe/", "zone.tab", "Europe/Berlin "}) {
    CAPTURE(name);
    const auto found = TimeZone::find(name);
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == ErrorKind::kConfiguration);
    CHECK(found.error().message.find("\"Europe/Berlin\"") != std::string::npos);
  }
  const auto found = TimeZone::find("europe/BERLIN");
  REQUIRE_FALSE(found);
  CHECK(found.error().message.find("did you mean \"Europe/Berlin\"?") != std::string::npos);
}

TEST_CASE("a wall clock reading as a moment") {
  const TimeZone berlin = zone("Europe/Berlin");
  const auto moment = [&](std::string_view date, int hour, int minute) {
    const auto at = berlin.moment(date, std::chrono::minutes{hour * 60 + minute});
    return at ? rfc3339(*at) : std::string();
  };
  CHECK(moment("2026-11-23", 8, 0) == "2026-11-23T07:00:00.000Z");
  CHECK(moment("2026-07-23", 0, 0) == "2026-07-22T22:00:00.000Z");
  CHECK(moment("2026-03-29", 1, 59) == "2026-03-29T00:59:00.000Z");
  CHECK(moment("2026-03-29", 2, 0) == "2026-03-29T01:00:00.000Z");   // skipped
  CHECK(moment("2026-03-29", 2, 59) == "2026-03-29T01:00:00.000Z");  // skipped
  CHECK(moment("2026-03-29", 3, 0) == "2026-03-29T01:00:00.000Z");
  CHECK(moment("2026-10-25", 2, 30) == "2026-10-25T00:30:00.000Z");  // the first of two
  CHECK(moment("2026-10-25", 3, 0) == "2026-10-25T02:00:00.000Z");
  CHECK(moment("2040-07-01", 12, 0) == "2040-07-01T10:00:00.000Z");
  CHECK(moment("2028-02-29", 12, 0) == "2028-02-29T11:00:00.000Z");
  CHECK(moment("2026-02-29", 12, 0).empty());
  CHECK(moment("yesterday", 12, 0).empty());
  // A day that is not there at all: Samoa went over the date line.
  const auto samoa = zone("Pacific/Apia").moment("2011-12-30", std::chrono::hours{12});
  CHECK(rfc3339(*samoa) == "2011-12-30T10:00:00.000Z");
}

}  // namespace
}  // namespace jawort
