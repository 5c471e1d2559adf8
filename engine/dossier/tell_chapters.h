// The chapters of a dossier, in the order in which compose_dossier puts them.
#pragma once

#include "engine/dossier/case_teller.h"

namespace jawort {

// Nothing where the times of the events go with their order.
void say_clock(CaseTeller& tell);

struct PressDoubts;
void say_doubts(CaseTeller& tell, const PressDoubts& doubts);

// About one round (tell_round.cc).
void tell_declaration(CaseTeller& tell, const CaseRound& round);
void tell_form(CaseTeller& tell, const CaseRound& round);
void tell_mail(CaseTeller& tell, const CaseRound& round);
void tell_openings(CaseTeller& tell, const CaseRound& round);
void tell_press(CaseTeller& tell, const CaseRound& round);
// "confirmed, ended by erasure on 24 December 2026"
std::string state_text(const CaseTeller& tell, const Round& round);
// Its state and when it came to that.
void add_stamps(const CaseTeller& tell, Particulars& rows, const Round& round);
void tell_grade(CaseTeller& tell, const CaseRound& round);

// About the whole (tell_summary.cc, tell_proof.cc).
void tell_summary(CaseTeller& tell);
void tell_later(CaseTeller& tell);
void tell_items(CaseTeller& tell);
void tell_what_it_proves(CaseTeller& tell);
void tell_place_in_log(CaseTeller& tell);
void tell_how_to_verify(CaseTeller& tell);

}  // namespace jawort
