#include "engine/campaign/sequence.h"
#include "tests/support/catch.h"
#include "tests/unit/campaign/sample_definitions.h"

namespace jawort {
namespace {

using testing::set_of;
using testing::sommer;

TimeZone berlin() {
  auto found = TimeZone::find("Europe/Berlin");
  REQUIRE(found.ok());
  return *found;
}

Instant at(std::string_view utc) {
  const auto moment = parse_rfc3339(utc);
  REQUIRE(moment);
  return *moment;
}

CampaignStep step(std::string on, std::string_view after, std::string from = "",
                  std::string to = "") {
  CampaignStep out;
  out.on = std::move(on);
  out.after = *parse_duration(after);
  out.mail = "m";
  out.between_from = std::move(from);
  out.between_to = std::move(to);
  return out;
}

std::string opens(const CampaignStep& step, std::string_view from) {
  return rfc3339(next_opening(step, at(from), berlin()));
}

TEST_CASE("the sequences of sommer.toml, without what goes a way of its own") {
  const auto set = set_of(sommer());
  const Campaign& campaign = *set->campaign("newsletter-opt-in");
  CHECK(sequences_of(campaign) == std::vector<std::string>{"opt_in", "confirmed"});
  const Instant anchor = at("2026-11-23T09:15:02.114Z");
  CHECK(first_step(campaign, "opt_in", anchor)->number == 2);
  CHECK_FALSE(step_behind(campaign, "opt_in", anchor, 2));
  CHECK(first_step(campaign, "confirmed", anchor)->number == 3);
  CHECK(step_behind(campaign, "confirmed", anchor, 3)->number == 4);
  CHECK_FALSE(step_behind(campaign, "confirmed", anchor, 4));
  CHECK_FALSE(first_step(campaign, "revoked", anchor));
  CHECK_FALSE(step_of(campaign, "opt_in", 1));
  CHECK_FALSE(step_of(campaign, "confirmed", 5));
  CHECK_FALSE(step_of(campaign, "confirmed", 0));
}

TEST_CASE("steps come in the order in which they are due, then of their number") {
  Campaign campaign;
  campaign.steps = {step("confirmed", "P1M"), step("confirmed", "P3D"), step("confirmed", "P30D"),
                    step("confirmed", "PT72H"), step("revoked", "PT0S")};
  const Instant february = at("2027-02-01T00:00:00Z"), march = at("2027-03-01T00:00:00Z");
  const auto order = [&](Instant anchor) {
    std::string numbers;
    for (auto one = first_step(campaign, "confirmed", anchor); one;
         one = step_behind(campaign, "confirmed", anchor, one->number)) {
      numbers += std::to_string(one->number);
    }
    return numbers;
  };
  CHECK(order(february) == "2413");
  CHECK(order(march) == "2431");  // March is longer than 30 days
}

TEST_CASE("fields have sequences of their own") {
  CampaignStep birthday = step("date", "PT9H");
  birthday.field = "birthday";
  CampaignStep branch = step("field_changed", "PT0S");
  branch.field = "branch";
  CHECK(follows(birthday) == "date:birthday");
  Campaign campaign;
  campaign.steps = {birthday, branch};
  CHECK(sequences_of(campaign) ==
        std::vector<std::string>{"date:birthday", "field_changed:branch"});
  CHECK(first_step(campaign, "field_changed:branch", {})->number == 2);
}

TEST_CASE("a window opens by the controller's wall clock") {
  const CampaignStep day = step("confirmed", "P3D", "08:00", "20:00");
  CHECK(opens(day, "2026-11-23T09:15:02.114Z") == "2026-11-23T09:15:02.114Z");
  CHECK(opens(day, "2026-11-23T06:59:59.999Z") == "2026-11-23T07:00:00.000Z");
  CHECK(opens(day, "2026-11-23T18:59:59.999Z") == "2026-11-23T18:59:59.999Z");
  CHECK(opens(day, "2026-11-23T19:00:00.000Z") == "2026-11-24T07:00:00.000Z");
  CHECK(opens(step("confirmed", "P3D"), "2026-11-23T19:00:00Z") == "2026-11-23T19:00:00.000Z");
  // Over the change to summer time, and back; over the end of a leap year's February.
  CHECK(opens(day, "2026-03-28T20:00:00Z") == "2026-03-29T06:00:00.000Z");
  CHECK(opens(day, "2026-10-24T19:00:00Z") == "2026-10-25T07:00:00.000Z");
  CHECK(opens(day, "2028-02-28T20:00:00Z") == "2028-02-29T07:00:00.000Z");
  CHECK(opens(day, "2028-02-29T20:00:00Z") == "2028-03-01T07:00:00.000Z");
  CHECK(opens(day, "2026-12-31T20:00:00Z") == "2027-01-01T07:00:00.000Z");
}

TEST_CASE("a window may pass midnight") {
  const CampaignStep night = step("confirmed", "P3D", "22:00", "02:00");
  CHECK(opens(night, "2026-11-23T22:30:00Z") == "2026-11-23T22:30:00.000Z");
  CHECK(opens(night, "2026-11-24T00:30:00Z") == "2026-11-24T00:30:00.000Z");
  CHECK(opens(night, "2026-11-24T01:00:00Z") == "2026-11-24T21:00:00.000Z");
  CHECK(opens(night, "2026-11-24T12:00:00Z") == "2026-11-24T21:00:00.000Z");
}

TEST_CASE(
    "an opening that the clock skips is the moment at which it does; one shown twice, the first") {
  const CampaignStep early = step("confirmed", "P3D", "02:30", "04:00");
  CHECK(opens(early, "2026-03-29T00:00:00Z") == "2026-03-29T01:00:00.000Z");
  CHECK(opens(early, "2026-10-24T23:00:00Z") == "2026-10-25T00:30:00.000Z");
  // A window that is skipped as a whole opens the next day.
  const CampaignStep gone = step("confirmed", "P3D", "02:15", "02:45");
  CHECK(opens(gone, "2026-03-29T01:00:00Z") == "2026-03-30T00:15:00.000Z");
}

TEST_CASE("every opening lies in the window and not before the moment asked for") {
  const TimeZone zone = berlin();
  for (const auto& [from, to] : {std::pair("08:00", "20:00"), std::pair("23:00", "01:00"),
                                 std::pair("00:00", "00:01"), std::pair("03:00", "02:59")}) {
    const CampaignStep one = step("confirmed", "P1D", from, to);
    for (int hour = 0; hour < 24 * 400; hour += 7) {
      const Instant moment = at("2027-12-15T00:30:00Z") + std::chrono::hours{hour};
      const Instant opening = next_opening(one, moment, zone);
      REQUIRE(opening >= moment);
      REQUIRE(opening - moment <= std::chrono::hours{25});
      REQUIRE(next_opening(one, opening, zone) == opening);
    }
  }
}

TEST_CASE("while, unless and stop_on") {
  const std::vector<ConsentStatus> states{ConsentStatus::kConfirmed, ConsentStatus::kPending};
  CampaignStep one = step("confirmed", "P1D");
  CHECK(holds(one, states));
  one.while_state = "pending";
  CHECK(holds(one, states));
  one.unless_state = "confirmed";
  CHECK_FALSE(holds(one, states));
  one.while_state = "revoked";
  one.unless_state.clear();
  CHECK_FALSE(holds(one, states));

  one.stop_on = {"revoked", "field_changed"};
  CHECK(stops(one, "consent_revoked", ""));
  CHECK_FALSE(stops(one, "consent_denied", ""));
  CHECK_FALSE(stops(one, "consent_confirmed", ""));
  CHECK(stops(one, "consent_confirmed", "branch"));
  one.field = "first_name";
  CHECK_FALSE(stops(one, "consent_confirmed", "branch"));
  CHECK(stops(one, "consent_confirmed", "branch first_name"));
}

TEST_CASE("how often a consent may be used") {
  const auto limits = *parse_rate_limits("1 per P7D, 2 per P30D");
  const Instant now = at("2026-11-23T12:00:00Z");
  const auto ago = [&](int days) { return now - std::chrono::days{days}; };
  const auto free = [&](std::vector<Instant> uses) { return free_again(limits, uses, now); };
  CHECK_FALSE(free({}));
  CHECK(free({ago(3)}) == ago(3) + std::chrono::days{7});
  CHECK_FALSE(free({ago(7)}));
  CHECK(free({ago(8), ago(20)}) == ago(20) + std::chrono::days{30});
  CHECK_FALSE(free({ago(8), ago(31)}));
  CHECK_FALSE(free_again({}, std::vector{ago(0)}, now));
  CHECK(oldest_use_that_counts(limits, now) <= ago(30));
}

TEST_CASE("grades from the best to the least") {
  CHECK(meets(Grade::kStaff, std::nullopt));
  CHECK(meets(Grade::kObserved, Grade::kObserved));
  CHECK_FALSE(meets(Grade::kClick, Grade::kObserved));
  CHECK(meets(Grade::kAsserted, Grade::kClick));
}

TEST_CASE("an older version of a campaign can be read back") {
  const auto set = set_of(sommer());
  const auto parsed = parse_campaign(*set->document("campaign", "newsletter-opt-in"));
  REQUIRE(parsed.ok());
  CHECK(parsed->steps.size() == 4);
  CHECK(parsed->steps[3].between_from == "08:00");
  CHECK_FALSE(parse_campaign(*set->document("purpose", "newsletter")).ok());
}

}  // namespace
}  // namespace jawort
