#include "engine/consent/consent.h"

#include <random>

#include "tests/support/catch.h"

using namespace jawort;

namespace {

ConsentEvent event_of(ConsentChange change, std::int64_t millis, std::int64_t mail = 7) {
  ConsentEvent event;
  event.change = change;
  event.at = {from_millis(millis), "2026-11-23"};
  event.mail = MailId{mail};
  event.opt_in.form = "newsletter";
  event.opt_in.submission = millis;
  if (change == ConsentChange::kRevoked) event.revoked_by = RevokedBy::kOneClick;
  return event;
}

std::optional<Round> round_in(ConsentStatus status) {
  Round round;
  round.status = status;
  round.mail = MailId{7};
  return round;
}

constexpr std::array<ConsentChange, 7> kChanges{ConsentChange::kOptIn,  ConsentChange::kHandedOver,
                                                ConsentChange::kOpened, ConsentChange::kConfirmed,
                                                ConsentChange::kDenied, ConsentChange::kExpired,
                                                ConsentChange::kRevoked};

}  // namespace

TEST_CASE("the state machine, printed, is the one we promise") {
  CHECK(print_state_machine() ==
        "            opt_in      handed_over opened      confirmed   denied      expired     "
        "revoked\n"
        "(none)      new round   refused     refused     refused     refused     refused     "
        "refused\n"
        "pending     new round   yes         yes         yes         yes         yes         "
        "refused\n"
        "confirmed   refused     yes         no effect   refused     refused     refused     yes\n"
        "revoked     new round   no effect   no effect   refused     refused     refused     "
        "refused\n"
        "denied      new round   no effect   no effect   refused     refused     refused     "
        "refused\n"
        "expired     new round   no effect   no effect   refused     refused     refused     "
        "refused\n");
}

TEST_CASE("every status × change ends where the rules say") {
  struct Row {
    ConsentStatus from;
    ConsentChange change;
    ConsentStatus to;
  };
  const std::vector<Row> allowed{
      {ConsentStatus::kPending, ConsentChange::kConfirmed, ConsentStatus::kConfirmed},
      {ConsentStatus::kPending, ConsentChange::kDenied, ConsentStatus::kDenied},
      {ConsentStatus::kPending, ConsentChange::kExpired, ConsentStatus::kExpired},
      {ConsentStatus::kConfirmed, ConsentChange::kRevoked, ConsentStatus::kRevoked},
      {ConsentStatus::kPending, ConsentChange::kOptIn, ConsentStatus::kPending},
      {ConsentStatus::kRevoked, ConsentChange::kOptIn, ConsentStatus::kPending},
      {ConsentStatus::kDenied, ConsentChange::kOptIn, ConsentStatus::kPending},
      {ConsentStatus::kExpired, ConsentChange::kOptIn, ConsentStatus::kPending}};
  for (int from = 0; from < 5; ++from) {
    for (const ConsentChange change : kChanges) {
      const auto status = static_cast<ConsentStatus>(from);
      const auto next = jawort::advance(round_in(status), event_of(change, 5));
      const auto row = std::find_if(allowed.begin(), allowed.end(), [&](const Row& r) {
        return r.from == status && r.change == change;
      });
      INFO(name_of(status) << " × " << name_of(change));
      if (row != allowed.end()) {
        REQUIRE(next.ok());
        CHECK(next->status == row->to);
      } else if (next.ok()) {
        CHECK(next->status == status);  // opened and handed over never move a status
      } else {
        CHECK(next.error().kind == ErrorKind::kRefused);
      }
    }
  }
}

TEST_CASE("only the current mail confirms, and a stamp once set stays") {
  auto round = jawort::advance(std::nullopt, event_of(ConsentChange::kOptIn, 1, 7));
  REQUIRE(round.ok());
  CHECK_FALSE(jawort::advance(*round, event_of(ConsentChange::kConfirmed, 2, 6)).ok());
  auto opened = jawort::advance(*round, event_of(ConsentChange::kOpened, 3));
  opened = jawort::advance(*opened, event_of(ConsentChange::kOpened, 4));
  CHECK(opened->opened_at == from_millis(3));
  auto confirmed = jawort::advance(*opened, event_of(ConsentChange::kConfirmed, 5));
  REQUIRE(confirmed.ok());
  CHECK(confirmed->confirmed->at == from_millis(5));
  const auto again = jawort::advance(*confirmed, event_of(ConsentChange::kConfirmed, 6));
  CHECK_FALSE(again.ok());
  const auto handed_over = jawort::advance(*confirmed, event_of(ConsentChange::kHandedOver, 9));
  CHECK(handed_over->mailed_at == from_millis(9));  // the relay's word may come after the press
  CHECK(jawort::advance(*handed_over, event_of(ConsentChange::kHandedOver, 10))->mailed_at ==
        from_millis(9));
}

TEST_CASE("revoked, asked again, not confirmed: the revocation stands as it was") {
  const std::vector<ConsentEvent> events{
      event_of(ConsentChange::kOptIn, 1, 7), event_of(ConsentChange::kConfirmed, 2, 7),
      event_of(ConsentChange::kRevoked, 3), event_of(ConsentChange::kOptIn, 4, 8),
      event_of(ConsentChange::kHandedOver, 5, 8)};
  auto rounds = fold(events);
  REQUIRE(rounds.ok());
  CHECK(rounds->size() == 2);
  CHECK(current_round(*rounds)->status == ConsentStatus::kPending);

  auto expired = events;
  expired.push_back(event_of(ConsentChange::kExpired, 6));
  rounds = fold(expired);
  REQUIRE(rounds.ok());
  const auto current = current_round(*rounds);
  REQUIRE(current);
  CHECK(current->status == ConsentStatus::kRevoked);
  CHECK(current->revoked->at == from_millis(3));
  CHECK(current->revoked_by == RevokedBy::kOneClick);
}

TEST_CASE("a newer opt-in takes the place of a pending one") {
  const auto rounds =
      fold(std::vector{event_of(ConsentChange::kOptIn, 1, 7), event_of(ConsentChange::kOptIn, 2, 8),
                       event_of(ConsentChange::kExpired, 3)});
  REQUIRE(rounds.ok());
  CHECK(rounds->size() == 1);
  CHECK_FALSE(current_round(*rounds));
}

TEST_CASE("fold equals step by step over random histories, and a refused event is an error") {
  std::mt19937 random(20261123);
  for (int history = 0; history < 2000; ++history) {
    std::vector<ConsentEvent> events;
    std::vector<Round> rounds;
    for (int i = 1; i <= 20; ++i) {
      const auto event = event_of(kChanges.at(random() % kChanges.size()), i, 7 + random() % 2);
      const auto last = rounds.empty() ? std::nullopt : std::optional(rounds.back());
      const auto next = jawort::advance(last, event);
      auto with = events;
      with.push_back(event);
      const auto folded = fold(with);
      REQUIRE(folded.ok() == next.ok());
      if (!next.ok()) continue;
      events = with;
      rounds = *folded;
      CHECK(rounds.back() == *next);
    }
    // Whatever happened: confirmed means that both steps are there, in order.
    if (const auto current = current_round(rounds); current && current->confirmed) {
      CHECK(current->opt_in.at < current->confirmed->at);
      CHECK((!current->revoked || current->confirmed->at < current->revoked->at));
    }
  }
}

TEST_CASE("names are read back as what they were") {
  for (int i = 0; i < 5; ++i) {
    CHECK(parse_consent_status(name_of(static_cast<ConsentStatus>(i))) ==
          static_cast<ConsentStatus>(i));
    CHECK(parse_grade(name_of(static_cast<Grade>(i))) == static_cast<Grade>(i));
  }
  for (int i = 0; i < 7; ++i) {
    CHECK(parse_revoked_by(name_of(static_cast<RevokedBy>(i))) == static_cast<RevokedBy>(i));
  }
  CHECK_FALSE(parse_consent_status("Confirmed"));
  CHECK_FALSE(parse_grade(""));
}
