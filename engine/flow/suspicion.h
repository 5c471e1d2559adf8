// Whether a confirmation looks like a machine's (PRODUCT §6.3): the signals of a press, and the
// rules of engine/flow/suspicions.txt that apply to them. Hints: the consent is marked, not
// refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct Opening {
  Instant at;
  std::string client;  // client_kind
};
struct PressSignals {
  std::string client;  // of the press
  Instant at;
  std::optional<Instant> mailed_at;
  std::vector<Opening> openings;  // of the round, oldest first

  std::optional<std::int64_t> seconds_since_hand_over() const;
  std::optional<std::int64_t> seconds_since_opening() const;  // the last one
};

// The names of the rules that apply, in the order of the file. Pure.
std::vector<std::string> suspicions(const PressSignals& signals);

// When the mail whose link waits was handed over: of a reminder its own time, not the stamp.
Result<std::optional<Instant>> handed_over_at(const Tables& tables, const Round& round);

// Of a press on the link of this round.
Result<PressSignals> signals_of_press(const Tables& tables, const Consent& consent, Instant at,
                                      std::string_view client);

void count_suspicious(const Context& context, std::uint64_t by);

}  // namespace jawort
