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

Standing standing_in(ConsentStatus status, bool renewing = false) {
  Standing standing;
  standing.round.emplace();
  standing.round->status = status;
  standing.round->mail = MailId{7};
  if (renewing) {
    standing.renewal.emplace();
    standing.renewal->mail = MailId{8};
  }
  return standing;
}

constexpr std::array<ConsentChange, 10> kChanges{
    ConsentChange::kOptIn,   ConsentChange::kRenewal,   ConsentChange::kHandedOver,
    ConsentChange::kOpened,  ConsentChange::kConfirmed, ConsentChange::kDenied,
    ConsentChange::kExpired, ConsentChange::kRevoked,   ConsentChange::kErased,
    ConsentChange::kReminded};

}  // namespace

TEST_CASE("the state machine, printed, is the one we promise") {
  CHECK(print_state_machine() ==
        "            opt_in      renewal     handed_over opened      confirmed   denied      "
        "expired     revoked     erased      reminded\n"
        "(none)      new round   refused     refused     refused     refused     refused     "
        "refused     refused     refused     refused\n"
        "pending     new round   refused     yes         yes         yes         yes         yes"
        "         refused     yes         yes\n"
        "confirmed   refused     beside it   yes         no effect   refused     refused     "
        "refused     yes         yes         refused\n"
        "revoked     new round   refused     no effect   no effect   refused     refused     "
        "refused     refused     yes         refused\n"
        "denied      new round   refused     no effect   no effect   refused     refused     "
        "refused     refused     yes         refused\n"
        "expired     new round   refused     no effect   no effect   refused     refused     "
        "refused     refused     yes         refused\n"
        "renewing    refused     beside it   yes         yes         yes         ends        ends"
        "        yes         yes         yes\n"
        "erased      refused     refused     no effect   no effect   refused     refused     "
        "refused     refused     yes         refused\n");
}

TEST_CASE("an erasure ends whatever there is, and nothing stands after it") {
  std::vector<ConsentEvent> events{
      event_of(ConsentChange::kOptIn, 1), event_of(ConsentChange::kConfirmed, 2),
      event_of(ConsentChange::kRenewal, 3, 8), event_of(ConsentChange::kErased, 4, 0)};
  const auto history = fold(events);
  REQUIRE(history.ok());
  CHECK(history->rounds.back().status == ConsentStatus::kConfirmed);
  CHECK(history->rounds.back().erased->at == from_millis(4));
  CHECK_FALSE(history->renewal);
  CHECK_FALSE(current_round(history->rounds));
  events.push_back(event_of(ConsentChange::kErased, 5, 0));
  CHECK(fold(events)->rounds.back().erased->at == from_millis(4));
  events.push_back(event_of(ConsentChange::kOptIn, 6));
  CHECK_FALSE(fold(events).ok());
}

TEST_CASE("a reminder's mail takes the first one's place, once, and both are the round's") {
  std::vector<ConsentEvent> events{event_of(ConsentChange::kOptIn, 1, 7),
                                   event_of(ConsentChange::kReminded, 2, 8)};
  auto history = fold(events);
  REQUIRE(history.ok());
  CHECK(history->rounds.back().mail == MailId{8});
  CHECK(history->rounds.back().first_mail == MailId{7});
  const Standing reminded{history->rounds.back(), std::nullopt};
  CHECK_FALSE(jawort::advance(reminded, event_of(ConsentChange::kReminded, 3, 9)).ok());
  CHECK_FALSE(jawort::advance(reminded, event_of(ConsentChange::kConfirmed, 3, 7)).ok());
  CHECK(jawort::advance(reminded, event_of(ConsentChange::kConfirmed, 3, 8)).ok());
  // Stamps are of whichever of them came first.
  const auto mailed = jawort::advance(reminded, event_of(ConsentChange::kHandedOver, 3, 7));
  CHECK(mailed->round->mailed_at == from_millis(3));
  CHECK(jawort::advance(*mailed, event_of(ConsentChange::kHandedOver, 4, 8))->round->mailed_at ==
        from_millis(3));

  // Beside a confirmed round it is about the renewal.
  events = {event_of(ConsentChange::kOptIn, 1, 7), event_of(ConsentChange::kConfirmed, 2, 7),
            event_of(ConsentChange::kRenewal, 3, 8), event_of(ConsentChange::kReminded, 4, 9)};
  history = fold(events);
  REQUIRE(history.ok());
  CHECK(history->rounds.back().mail == MailId{7});
  CHECK(history->renewal->mail == MailId{9});
  events.push_back(event_of(ConsentChange::kConfirmed, 5, 9));
  CHECK(fold(events)->rounds.size() == 2);
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
      const auto next = jawort::advance(standing_in(status), event_of(change, 5));
      const auto row = std::find_if(allowed.begin(), allowed.end(), [&](const Row& r) {
        return r.from == status && r.change == change;
      });
      INFO(name_of(status) << " × " << name_of(change));
      if (row != allowed.end()) {
        REQUIRE(next.ok());
        CHECK(next->round->status == row->to);
      } else if (next.ok()) {
        CHECK(next->round->status == status);  // opened and handed over never move a status
      } else {
        CHECK(next.error().kind == ErrorKind::kRefused);
      }
    }
  }
}

TEST_CASE("only the current mail confirms, and a stamp once set stays") {
  auto asked = jawort::advance({}, event_of(ConsentChange::kOptIn, 1, 7));
  REQUIRE(asked.ok());
  CHECK_FALSE(jawort::advance(*asked, event_of(ConsentChange::kConfirmed, 2, 6)).ok());
  auto opened = jawort::advance(*asked, event_of(ConsentChange::kOpened, 3));
  opened = jawort::advance(*opened, event_of(ConsentChange::kOpened, 4));
  CHECK(opened->round->opened_at == from_millis(3));
  auto confirmed = jawort::advance(*opened, event_of(ConsentChange::kConfirmed, 5));
  REQUIRE(confirmed.ok());
  CHECK(confirmed->round->confirmed->at == from_millis(5));
  const auto again = jawort::advance(*confirmed, event_of(ConsentChange::kConfirmed, 6));
  CHECK_FALSE(again.ok());
  const auto handed_over = jawort::advance(*confirmed, event_of(ConsentChange::kHandedOver, 9));
  CHECK(handed_over->round->mailed_at == from_millis(9));  // the relay's word may come after it
  CHECK(jawort::advance(*handed_over, event_of(ConsentChange::kHandedOver, 10))->round->mailed_at ==
        from_millis(9));
}

TEST_CASE("a renewal waits beside the confirmed round, which it never touches") {
  const std::vector<ConsentEvent> renewing{
      event_of(ConsentChange::kOptIn, 1, 7), event_of(ConsentChange::kConfirmed, 2, 7),
      event_of(ConsentChange::kRenewal, 3, 8), event_of(ConsentChange::kHandedOver, 4, 8)};
  const auto before = fold(std::span(renewing).first(2))->rounds.back();
  auto history = fold(renewing);
  REQUIRE(history.ok());
  CHECK(history->rounds == std::vector{before});
  REQUIRE(history->renewal);
  CHECK(history->renewal->mailed_at == from_millis(4));

  // The older mail is over; the newer one confirms, and is the round from then on.
  auto events = renewing;
  events.push_back(event_of(ConsentChange::kConfirmed, 5, 7));
  CHECK_FALSE(fold(events).ok());
  events.back() = event_of(ConsentChange::kConfirmed, 5, 8);
  history = fold(events);
  REQUIRE(history.ok());
  REQUIRE(history->rounds.size() == 2);
  CHECK(history->rounds.front() == before);
  CHECK(current_round(history->rounds)->confirmed->at == from_millis(5));
  CHECK_FALSE(history->renewal);

  for (const auto end : {ConsentChange::kDenied, ConsentChange::kExpired}) {
    events.back() = event_of(end, 5, 8);
    history = fold(events);
    REQUIRE(history.ok());
    CHECK(history->rounds == std::vector{before});
    CHECK_FALSE(history->renewal);
  }
  events.back() = event_of(ConsentChange::kRevoked, 5);
  history = fold(events);
  REQUIRE(history.ok());
  CHECK(history->rounds.back().status == ConsentStatus::kRevoked);
  CHECK(history->rounds.back().confirmed == before.confirmed);
  CHECK_FALSE(history->renewal);
}

TEST_CASE("revoked, asked again, not confirmed: the revocation stands as it was") {
  const std::vector<ConsentEvent> events{
      event_of(ConsentChange::kOptIn, 1, 7), event_of(ConsentChange::kConfirmed, 2, 7),
      event_of(ConsentChange::kRevoked, 3), event_of(ConsentChange::kOptIn, 4, 8),
      event_of(ConsentChange::kHandedOver, 5, 8)};
  auto history = fold(events);
  REQUIRE(history.ok());
  CHECK(history->rounds.size() == 2);
  CHECK(current_round(history->rounds)->status == ConsentStatus::kPending);

  auto expired = events;
  expired.push_back(event_of(ConsentChange::kExpired, 6));
  history = fold(expired);
  REQUIRE(history.ok());
  const auto current = current_round(history->rounds);
  REQUIRE(current);
  CHECK(current->status == ConsentStatus::kRevoked);
  CHECK(current->revoked->at == from_millis(3));
  CHECK(current->revoked_by == RevokedBy::kOneClick);
}

TEST_CASE("a newer opt-in takes the place of a pending one") {
  const auto history =
      fold(std::vector{event_of(ConsentChange::kOptIn, 1, 7), event_of(ConsentChange::kOptIn, 2, 8),
                       event_of(ConsentChange::kExpired, 3)});
  REQUIRE(history.ok());
  CHECK(history->rounds.size() == 1);
  CHECK_FALSE(current_round(history->rounds));
}

TEST_CASE("fold equals step by step over random histories, and a refused event is an error") {
  std::mt19937 random(20261123);
  for (int history = 0; history < 2000; ++history) {
    std::vector<ConsentEvent> events;
    History kept;
    for (int i = 1; i <= 20; ++i) {
      const auto event = event_of(kChanges.at(random() % kChanges.size()), i, 7 + random() % 2);
      const auto last = kept.rounds.empty() ? std::nullopt : std::optional(kept.rounds.back());
      const auto next = jawort::advance({last, kept.renewal}, event);
      auto with = events;
      with.push_back(event);
      const auto folded = fold(with);
      REQUIRE(folded.ok() == next.ok());
      if (!next.ok()) continue;
      events = with;
      kept = *folded;
      CHECK(Standing{kept.rounds.back(), kept.renewal} == *next);
      CHECK((!kept.renewal || kept.rounds.back().status == ConsentStatus::kConfirmed));
    }
    // Whatever happened: confirmed means that both steps are there, in order.
    if (const auto current = current_round(kept.rounds); current && current->confirmed) {
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
