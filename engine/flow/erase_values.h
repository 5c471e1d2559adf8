// The values and mails that hang on the events of one contact: destroying them, but for what the
// proof of a once confirmed consent rests on. The leaves stay as they are.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

// The rounds of a consent whose proof is kept.
struct KeptRounds {
  ConsentId consent;
  std::string purpose;
  std::vector<Round> rounds;  // those that were confirmed
};
// As its events have it; no rounds where none was ever confirmed. A consent whose history cannot be
// folded is taken by its row: `consent.round`.
Result<KeptRounds> rounds_to_keep(const Tables& tables, const Consent& consent);

struct ErasedValues {
  int events = 0, values = 0;  // events that lost values, and how many
  int mails = 0, dropped = 0;  // mails that were blanked, and how many of all will not go any more
};

// Takes the values from every event about the contact, but for those that a kept round rests on:
// its sign-up, what became of its mail, its revocation. Of other events about a kept consent the
// link to the leaf before stays, so that the chain of the proof has no gap. Events about nothing
// that is kept are untied from the person, as are their mails; mails that wait are dropped.
Status erase_values_but(Tables& tables, ContactId contact, const std::vector<KeptRounds>& kept,
                        ErasedValues& erased);

}  // namespace jawort
