// Drip campaigns: who is on the way, what consents were used for, the funnel.
#include "tests/db/test_store.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

EnrolmentRow enrolment(std::int64_t event, std::int64_t due, std::string campaign = "drip",
                       std::string follows = "confirmed") {
  EnrolmentRow row;
  row.begun_by = event;
  row.campaign = std::move(campaign);
  row.follows = std::move(follows);
  row.campaign_version = sample_hash(static_cast<int>(event));
  row.anchor = moment(event);
  row.step = static_cast<int>(event);
  row.due_at = moment(due);
  return row;
}

Write add(const std::vector<EnrolmentRow>& rows) {
  return [rows](Tables& tables) -> Status {
    for (const EnrolmentRow& row : rows) JAWORT_TRY(tables.enrolments().add(row));
    return {};
  };
}

std::vector<std::int64_t> due(Store& store, std::int64_t now, int limit = 100) {
  const auto rows = get<std::vector<EnrolmentRow>>(
      store, [&](const Tables& tables) { return tables.enrolments().due(moment(now), limit); });
  std::vector<std::int64_t> events;
  for (const EnrolmentRow& row : rows) events.push_back(row.begun_by);
  return events;
}

std::optional<Instant> next(Store& store) {
  return get<std::optional<Instant>>(
      store, [](const Tables& tables) { return tables.enrolments().next_due(); });
}

std::vector<Instant> uses(Store& store, std::int64_t consent) {
  return get<std::vector<Instant>>(
      store, [&](const Tables& tables) { return tables.consent_uses().of(ConsentId{consent}); });
}

}  // namespace

TEST_CASE("an enrolment is read back as it was, and moved on") {
  const auto test = new_test_store();
  EnrolmentRow row = enrolment(7, 100, "drip", "date:birthday");
  write(test->store(), add({row}));
  test->reopen();
  const auto find = [&] {
    return get<std::optional<EnrolmentRow>>(
        test->store(), [&](const Tables& tables) { return tables.enrolments().find(row); });
  };
  CHECK(find() == row);
  row.step = 9;
  row.due_at = moment(200);
  write(test->store(), [&](Tables& tables) { return tables.enrolments().move(row); });
  CHECK(find() == row);
  write(test->store(), [&](Tables& tables) { return tables.enrolments().remove(row); });
  CHECK_FALSE(find());
}

TEST_CASE("due enrolments come campaign by campaign, in order of their time") {
  const auto test = new_test_store();
  CHECK(due(test->store(), 1000).empty());
  CHECK_FALSE(next(test->store()));
  write(test->store(), add({enrolment(1, 300), enrolment(2, 100), enrolment(3, 200),
                            enrolment(4, 50, "other"), enrolment(5, 900)}));
  CHECK(due(test->store(), 300) == std::vector<std::int64_t>{2, 3, 1, 4});
  CHECK(due(test->store(), 299) == std::vector<std::int64_t>{2, 3, 4});
  CHECK(due(test->store(), 300, 2) == std::vector<std::int64_t>{2, 3});
  CHECK(next(test->store()) == moment(50));
}

TEST_CASE("a paused campaign is not due, and the time of its pause stays") {
  const auto test = new_test_store();
  write(test->store(), add({enrolment(1, 300), enrolment(4, 50, "other")}));
  const auto pause = [&](std::optional<Instant> since) {
    write(test->store(),
          [&](Tables& tables) { return tables.enrolments().set_pause("other", since); });
  };
  pause(moment(10));
  pause(moment(20));
  const auto pauses = get<std::vector<CampaignPause>>(
      test->store(), [](const Tables& tables) { return tables.enrolments().pauses(); });
  REQUIRE(pauses.size() == 1);
  CHECK(pauses.front().campaign == "other");
  CHECK(pauses.front().since == moment(10));
  CHECK(due(test->store(), 1000) == std::vector<std::int64_t>{1});
  CHECK(next(test->store()) == moment(300));
  pause(std::nullopt);
  CHECK(due(test->store(), 1000) == std::vector<std::int64_t>{1, 4});
}

TEST_CASE("all that one event began can go at once") {
  const auto test = new_test_store();
  write(test->store(),
        add({enrolment(1, 300), enrolment(1, 300, "drip", "opt_in"), enrolment(2, 300)}));
  write(test->store(), [](Tables& tables) { return tables.enrolments().remove_begun_by(1); });
  CHECK(due(test->store(), 1000) == std::vector<std::int64_t>{2});
  const auto counts = get<std::vector<EnrolmentCount>>(
      test->store(), [](const Tables& tables) { return tables.enrolments().counts("drip"); });
  REQUIRE(counts.size() == 1);
  CHECK(counts.front().step == 2);
  CHECK(counts.front().people == 1);
  CHECK(counts.front().campaign_version == sample_hash(2));
}

TEST_CASE("uses of a consent are kept as long as they count, and the last one before") {
  const auto test = new_test_store();
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(1)));
    return tables.consents().put(revoked_consent(11, 1));
  });
  const auto use = [&](std::int64_t at, std::int64_t forget) {
    write(test->store(), [&](Tables& tables) {
      return tables.consent_uses().add(ConsentId{11}, moment(at), moment(forget));
    });
  };
  use(10, 0);
  use(20, 0);
  use(30, 0);
  use(30, 0);
  CHECK(uses(test->store(), 11) == std::vector<Instant>{moment(30), moment(20), moment(10)});
  use(100, 90);
  CHECK(uses(test->store(), 11) == std::vector<Instant>{moment(100), moment(30)});
  write(test->store(),
        [](Tables& tables) { return tables.consent_uses().remove(ConsentId{11}, moment(100)); });
  CHECK(uses(test->store(), 11) == std::vector<Instant>{moment(30)});
  write(test->store(), [](Tables& tables) { return tables.consents().remove(ConsentId{11}); });
  CHECK(uses(test->store(), 11).empty());
}

TEST_CASE("the funnel adds up") {
  const auto test = new_test_store();
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.funnel().add({"drip", "newsletter", 0, "signed_up", 2}));
    JAWORT_TRY(tables.funnel().add({"drip", "newsletter", 3, "queued", 1}));
    return tables.funnel().add({"drip", "newsletter", 0, "signed_up", 3});
  });
  const auto rows = get<std::vector<FunnelRow>>(
      test->store(), [](const Tables& tables) { return tables.funnel().all(); });
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].people == 5);
  CHECK(rows[1].step == 3);
  CHECK(rows[1].what == "queued");
}

TEST_CASE("a reminder's mail and the one before it are read back, of rounds and of renewals") {
  const auto test = new_test_store();
  Consent consent = pending_consent(21, 2);
  consent.round.first_mail = MailId{77};
  Consent renewing = revoked_consent(22, 2);
  renewing.purpose = "phone";
  renewing.round.status = ConsentStatus::kConfirmed;
  renewing.round.revoked.reset();
  renewing.round.revoked_by.reset();
  renewing.renewal = pending_consent(23, 2).round;
  renewing.renewal->first_mail = MailId{78};
  write(test->store(), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(2)));
    JAWORT_TRY(tables.consents().put(consent));
    return tables.consents().put(renewing);
  });
  const auto read = [&](std::int64_t id) {
    return *get<std::optional<Consent>>(
        test->store(), [&](const Tables& tables) { return tables.consents().find(ConsentId{id}); });
  };
  CHECK(read(21).round == consent.round);
  CHECK(read(22).renewal == renewing.renewal);
}

}  // namespace jawort::testing
