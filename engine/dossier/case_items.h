// The 21 items that a dossier has to hold or to name as missing (PRODUCT §6.2), judged one by one.
// Pure.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "engine/dossier/case_record.h"

namespace jawort {

inline constexpr int kCaseItems = 21;

// Every reason that judge_items can give; each needs a text in each language.
inline constexpr auto kItemReasons = std::to_array<std::string_view>({
    // Beside an item that is there:
    "links_cut",           // 8: the links in the mail are cut out
    "confirmed_by_click",  // 10: opening the link confirmed, no button was pressed
    "version_not_stated",  // 3: the post did not say which version of the form it came from
    "named_in_mail_only",  // 14: the wording does not name it, but the mail did
    "box_not_seen",        // 4: the form stood elsewhere, or is not known to have been ours
    "not_limited",         // 6: no highest frequency was declared
    "opening_confirmed",   // 11: the opening itself confirmed, and is told with that
    "kept_by_purpose",     // 21: for the purpose's keep_proof
    "uses_by_jawort",      // 16: mails of campaigns; those by other programs are not recorded
    "kept_by_rule",        // 21: by [[retention]] "revoked", or its default
    // Missing:
    "no_submission",         // 1, 2, 3, 7, 12, 13, 18: the event of the form post is not there
    "address_not_recorded",  // 1
    "page_not_sent",         // 3: the browser did not say on which page the form stood
    "form_not_stored",       // 3, 4, 5, 6: the version that was shown is not stored any more
    "no_privacy_notice",     // 5: no address or no version of it was declared
    "no_companies",          // 6
    "no_products",           // 6
    "no_mail_queued",        // 8, 9, 14: the limit of mails to the address was reached
    "mail_not_stored",       // 8, 14: no bytes, and no sign that they were erased
    "no_attempt_yet",        // 9
    "no_opening_recorded",   // 11: confirmed, but no opening was seen
    "ip_by_policy",          // 12: the operator's policy is to record none
    "ip_not_known",          // 12: the client's address was not known
    "no_checks",             // 13: the form had none switched on, or the post came another way
    "withdrawal_not_told",   // 14: neither wording nor mail names it
    "uses_not_known",        // 16: mails by other programs, and newsletters, are not recorded
    "not_sealed",            // 19
    "no_authority",          // 20: no time-stamping authority is configured
    "authority_silent",      // 20: it has not answered
    // Erased:
    "values_erased",   // 1, 3, 7, 8: with the person's data
    "replies_erased",  // 9
    "ip_erased",       // 12: after its period
    // Not applicable:
    "no_fields_posted",  // 7
    "not_confirmed",     // 10, 21: nobody has pressed the button (yet)
    "not_opened",        // 11: nobody has opened the link (yet)
    "not_revoked",       // 15
    "no_changes",        // 17: the record was changed by the events above and by nothing else
});

// All 21, in order, over `record.consent.round`. Does not look at `record.items`.
std::vector<CaseItem> judge_items(const CaseRecord& record);

}  // namespace jawort
