#include "engine/consent/consent.h"

#include <algorithm>
#include <array>

namespace jawort {
namespace {

enum class Step : std::uint8_t {
  kStart,    // a new round begins
  kApply,    // the change is stamped on the round
  kNothing,  // allowed, without effect
  kRefuse,
};

// The whole state machine. Columns in the order of ConsentChange; the first row is "no round yet".
struct Row {
  std::array<Step, 7> steps;
};
constexpr Step S = Step::kStart, A = Step::kApply, N = Step::kNothing, R = Step::kRefuse;
constexpr std::array<Row, 6> kTable{{
    // opt_in handed_over opened confirmed denied expired revoked
    {{S, R, R, R, R, R, R}},  // (none)
    {{S, A, A, A, A, A, R}},  // pending: a revocation counts as denial, and is recorded as that
    {{R, A, N, R, R, R, A}},  // confirmed: nothing lowers it but a revocation
    {{S, N, N, R, R, R, R}},  // revoked
    {{S, N, N, R, R, R, R}},  // denied
    {{S, N, N, R, R, R, R}},  // expired
}};

Step step_for(const std::optional<Round>& round, ConsentChange change) {
  const std::size_t row = round ? static_cast<std::size_t>(round->status) + 1 : 0;
  return kTable.at(row).steps.at(static_cast<std::size_t>(change));
}

Round start_round(const ConsentEvent& event) {
  Round round = event.opt_in;
  round.status = ConsentStatus::kPending;
  round.mail = event.mail;
  round.opt_in = event.at;
  return round;
}

// REQUIRES: the table says kApply.
Result<Round> apply(Round round, const ConsentEvent& event) {
  switch (event.change) {
    case ConsentChange::kHandedOver:
      if (event.mail == round.mail && !round.mailed_at) round.mailed_at = event.at.at;
      return round;
    case ConsentChange::kOpened:
      if (event.mail == round.mail && !round.opened_at) round.opened_at = event.at.at;
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
    case ConsentChange::kOptIn:
      break;
  }
  return internal_error("an opt-in starts a round, it is not applied to one");
}

}  // namespace

Result<Round> advance(const std::optional<Round>& round, const ConsentEvent& event) {
  switch (step_for(round, event.change)) {
    case Step::kStart:
      return start_round(event);
    case Step::kApply:
      return apply(*round, event);
    case Step::kNothing:
      return *round;
    case Step::kRefuse:
      break;
  }
  return refused("a consent that is " + std::string(round ? name_of(round->status) : "not there") +
                 " cannot become " + std::string(name_of(event.change)));
}

Result<std::vector<Round>> fold(std::span<const ConsentEvent> events) {
  std::vector<Round> rounds;
  for (const ConsentEvent& event : events) {
    const auto last = rounds.empty() ? std::nullopt : std::optional<Round>(rounds.back());
    auto next = advance(last, event);
    if (!next.ok()) return next.error();
    // A newer opt-in takes the place of a round that is still pending.
    const bool new_round =
        event.change == ConsentChange::kOptIn && (!last || last->status != ConsentStatus::kPending);
    if (new_round) {
      rounds.push_back(std::move(*next));
    } else {
      rounds.back() = std::move(*next);
    }
  }
  return rounds;
}

std::optional<Round> current_round(std::span<const Round> rounds) {
  for (auto round = rounds.rbegin(); round != rounds.rend(); ++round) {
    if (round->status != ConsentStatus::kDenied && round->status != ConsentStatus::kExpired) {
      return *round;
    }
  }
  return std::nullopt;
}

std::string print_state_machine() {
  static constexpr std::array<std::string_view, 4> kWords{"new round", "yes", "no effect",
                                                          "refused"};
  const auto pad = [](std::string_view word, std::size_t width) {
    return std::string(word) + std::string(width - std::min(width, word.size()), ' ');
  };
  std::string out = pad("", 12);
  const auto end_line = [&out] {
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  };
  for (std::size_t change = 0; change < 7; ++change) {
    out += pad(name_of(static_cast<ConsentChange>(change)), 12);
  }
  end_line();
  for (std::size_t row = 0; row < kTable.size(); ++row) {
    out += pad(row == 0 ? "(none)" : name_of(static_cast<ConsentStatus>(row - 1)), 12);
    for (const Step step : kTable.at(row).steps) {
      out += pad(kWords.at(static_cast<std::size_t>(step)), 12);
    }
    end_line();
  }
  return out;
}

}  // namespace jawort
