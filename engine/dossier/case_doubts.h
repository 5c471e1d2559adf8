// What stands against a statement that a dossier would otherwise make: read off the events. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/dossier/case_teller.h"

namespace jawort {

// Why it is not certain that whoever confirmed had read the mail.
struct PressDoubts {
  bool before_mail = false;          // no mail server had accepted it before the confirmation
  bool by_scanner = false;           // a program of scanners.txt confirmed
  std::vector<std::string> reasons;  // the rules of suspicions.txt that the event names
  // The reasons are those of an earlier press, which did not count: the page asked for the address,
  // and it was typed before the one that did.
  bool of_first_press = false;
  bool by_machine() const { return by_scanner || !reasons.empty(); }
  bool any() const { return before_mail || by_machine(); }
};

// None where it was not confirmed, or where no step was seen (imported, entered by staff).
PressDoubts press_doubts(const CaseTeller& tell, const CaseRound& round);

// Sequences of the events whose link to the one before is erased, in order.
std::vector<std::uint64_t> gaps_in_chain(const CaseRecord& record);

// Sequences of the events whose time is before that of the one before, or after the moment at which
// the dossier was made: the clock was set back meanwhile, or went wrong.
std::vector<std::uint64_t> times_out_of_order(const CaseRecord& record);
// The same of the checkpoint, which comes into being a moment after `made_at` was taken.
bool checkpoint_is_late(const CaseRecord& record);

// "12, 15"
std::string listed(const std::vector<std::uint64_t>& sequences);

}  // namespace jawort
