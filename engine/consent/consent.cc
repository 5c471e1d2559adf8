#include "engine/consent/consent.h"

#include <algorithm>
#include <array>

namespace jawort {
namespace {

enum class Step : std::uint8_t {
  kStart,    // a new round begins
  kBeside,   // a renewal begins beside the confirmed round
  kApply,    // the change is stamped on the round, or on the renewal
  kEnd,      // the renewal ends, the round stays as it was
  kNothing,  // allowed, without effect
  kRefuse,
};

// The whole state machine. Columns in the order of ConsentChange; the first row is "no round yet",
// the last but one a confirmed round with a renewal beside it, the last a round of which only the
// proof is left.
constexpr std::size_t kChanges = 10, kRows = 8;
constexpr std::size_t kRenewing = kRows - 2, kErasedRow = kRows - 1;
using Row = std::array<Step, kChanges>;
constexpr Step S = Step::kStart, B = Step::kBeside, A = Step::kApply, E = Step::kEnd,
               N = Step::kNothing, R = Step::kRefuse;
constexpr std::array<Row, kRows> kTable{{
    // opt_in renewal handed_over opened confirmed denied expired revoked erased reminded
    {S, R, R, R, R, R, R, R, R, R},  // (none)
    {S, R, A, A, A, A, A, R, A,
     A},  // pending: a revocation counts as denial, and is recorded as that
    {R, B, A, N, R, R, R, A, A, R},  // confirmed: nothing lowers it but a revocation
    {S, R, N, N, R, R, R, R, A, R},  // revoked
    {S, R, N, N, R, R, R, R, A, R},  // denied
    {S, R, N, N, R, R, R, R, A, R},  // expired
    {R, B, A, A, A, E, E, A, A, A},  // confirmed, a renewal waits
    {R, R, N, N, R, R, R, R, A, R},  // erased; with its proof it can be erased once more
}};

Step step_for(const Standing& standing, ConsentChange change) {
  std::size_t row = standing.round ? static_cast<std::size_t>(standing.round->status) + 1 : 0;
  if (standing.renewal) row = kRenewing;
  if (standing.round && standing.round->erased) row = kErasedRow;
  return kTable.at(row).at(static_cast<std::size_t>(change));
}

Round start_round(const ConsentEvent& event) {
  Round round = event.opt_in;
  round.status = ConsentStatus::kPending;
  round.mail = event.mail;
  round.opt_in = event.at;
  return round;
}

// Once the values of a round are gone none of its events names a mail, and the fold still holds.
bool is_of(MailId mail, const Round& round) { return mail == round.mail || round.has_mail(mail); }

// REQUIRES: the table says kApply.
Result<Round> apply(Round round, const ConsentEvent& event) {
  switch (event.change) {
    case ConsentChange::kHandedOver:
      if (is_of(event.mail, round) && !round.mailed_at) round.mailed_at = event.at.at;
      return round;
    case ConsentChange::kOpened:
      if (is_of(event.mail, round) && !round.opened_at) round.opened_at = event.at.at;
      return round;
    case ConsentChange::kReminded:
      if (round.first_mail) return refused("it was reminded of already");
      round.first_mail = round.mail;
      round.mail = event.mail;
      return round;
    case ConsentChange::kConfirmed:
      if (event.mail != round.mail) return refused("a newer mail has taken this one's place");
      round.status = ConsentStatus::kConfirmed;
      round.confirmed = event.at;
      if (event.grade) round.grade = *event.grade;
      return round;
    case ConsentChange::kDenied:
      round.status = ConsentStatus::kDenied;
      return round;
    case ConsentChange::kExpired:
      round.status = ConsentStatus::kExpired;
      return round;
    case ConsentChange::kRevoked:
      round.status = ConsentStatus::kRevoked;
      round.revoked = event.at;
      round.revoked_by = event.revoked_by;
      return round;
    case ConsentChange::kErased:
      if (!round.erased) round.erased = event.at;
      return round;
    case ConsentChange::kOptIn:
    case ConsentChange::kRenewal:
      break;
  }
  return internal_error("an opt-in starts a round, it is not applied to one");
}

bool ends_all(ConsentChange change) {
  return change == ConsentChange::kRevoked || change == ConsentChange::kErased;
}

// Which of the two rounds a change is about while a renewal waits.
bool is_about_renewal(const Standing& standing, const ConsentEvent& event) {
  if (!standing.renewal || ends_all(event.change)) return false;
  return event.change == ConsentChange::kConfirmed || event.change == ConsentChange::kReminded ||
         is_of(event.mail, *standing.renewal);
}

Result<Standing> apply_to_one(Standing standing, const ConsentEvent& event) {
  if (!is_about_renewal(standing, event)) {
    // An opening of the confirmed round's mail is nothing any more.
    if (standing.renewal && event.change == ConsentChange::kOpened) return standing;
    auto round = apply(*standing.round, event);
    if (!round.ok()) return round.error();
    standing.round = std::move(*round);
    if (ends_all(event.change)) standing.renewal.reset();
    return standing;
  }
  auto renewal = apply(*standing.renewal, event);
  if (!renewal.ok()) return renewal.error();
  if (event.change == ConsentChange::kConfirmed) {
    standing.round = std::move(*renewal);
    standing.renewal.reset();
  } else {
    standing.renewal = std::move(*renewal);
  }
  return standing;
}

}  // namespace

const Round* Consent::waiting() const {
  if (renewal) return &*renewal;
  return round.status == ConsentStatus::kPending ? &round : nullptr;
}

Result<Standing> advance(const Standing& standing, const ConsentEvent& event) {
  switch (step_for(standing, event.change)) {
    case Step::kStart:
      return Standing{start_round(event), std::nullopt};
    case Step::kBeside:
      return Standing{standing.round, start_round(event)};
    case Step::kApply:
      return apply_to_one(standing, event);
    case Step::kEnd:
      return Standing{standing.round, std::nullopt};
    case Step::kNothing:
      return standing;
    case Step::kRefuse:
      break;
  }
  return refused("a consent that is " +
                 std::string(standing.round ? name_of(standing.round->status) : "not there") +
                 " cannot become " + std::string(name_of(event.change)));
}

Result<History> fold(std::span<const ConsentEvent> events) {
  History history;
  for (const ConsentEvent& event : events) {
    Standing now{std::nullopt, history.renewal};
    if (!history.rounds.empty()) now.round = history.rounds.back();
    auto next = advance(now, event);
    if (!next.ok()) return next.error();
    // A newer opt-in takes the place of a round that is still pending.
    const bool began = event.change == ConsentChange::kOptIn &&
                       (!now.round || now.round->status != ConsentStatus::kPending);
    const bool renewed = event.change == ConsentChange::kConfirmed && now.renewal;
    if (began || renewed) {
      history.rounds.push_back(std::move(*next->round));
    } else {
      history.rounds.back() = std::move(*next->round);
    }
    history.renewal = std::move(next->renewal);
  }
  return history;
}

std::optional<Round> current_round(std::span<const Round> rounds) {
  if (!rounds.empty() && rounds.back().erased) return std::nullopt;
  for (auto round = rounds.rbegin(); round != rounds.rend(); ++round) {
    if (round->status != ConsentStatus::kDenied && round->status != ConsentStatus::kExpired) {
      return *round;
    }
  }
  return std::nullopt;
}

std::string print_state_machine() {
  static constexpr std::array<std::string_view, 6> kWords{"new round", "beside it", "yes",
                                                          "ends",      "no effect", "refused"};
  const auto pad = [](std::string_view word, std::size_t width) {
    return std::string(word) + std::string(width - std::min(width, word.size()), ' ');
  };
  const auto row_name = [](std::size_t row) -> std::string_view {
    if (row == kRenewing) return "renewing";
    if (row == kErasedRow) return "erased";
    return row == 0 ? "(none)" : name_of(static_cast<ConsentStatus>(row - 1));
  };
  std::string out = pad("", 12);
  const auto end_line = [&out] {
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  };
  for (std::size_t change = 0; change < kChanges; ++change) {
    out += pad(name_of(static_cast<ConsentChange>(change)), 12);
  }
  end_line();
  for (std::size_t row = 0; row < kRows; ++row) {
    out += pad(row_name(row), 12);
    for (const Step step : kTable.at(row))
      out += pad(kWords.at(static_cast<std::size_t>(step)), 12);
    end_line();
  }
  return out;
}

}  // namespace jawort
