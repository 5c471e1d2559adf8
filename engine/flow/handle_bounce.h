// Step 6: what comes back of our mails. Event, suppression and, for a complaint, the end of the
// consents are one transaction.
#pragma once

#include <chrono>

#include "engine/flow/context.h"
#include "engine/flow/revoke_consent.h"
#include "engine/mail/mail_report.h"

namespace jawort {

// How long after its hand-over a mail is believed to bounce, and to be complained of.
inline constexpr std::chrono::hours kBounceWithin{30 * 24}, kComplaintWithin{366 * 24};

enum class MailOutcome : std::uint8_t {
  kRecorded,    // an event says so
  kRevoked,     // a person's mail ended consents
  kListed,      // a person's mail waits for a human
  kNothingNew,  // nobody has to know: delayed, delivered, an answer of a machine, not understood
  kRepeated,    // the same was recorded of this mail before
  kTooOld,
  kGone,     // the mail, or all that it was for, is gone
  kForged,   // what looks like a token is none of ours
  kForeign,  // nothing in it says that it is about a mail of ours
};
std::string_view name_of(MailOutcome outcome);  // "nothing_new"

struct HandledMail {
  MailOutcome outcome = MailOutcome::kForeign;
  ReportClass kind = ReportClass::kUnknown;
  std::string status{};  // RFC 3463
  MailId mail{};         // of ours; 0 when it is not known
  bool suppressed = false;
  bool by_token = false;  // kListed: a token of ours says about whom it is
  EndedConsents ended{};
};

// `token`: genuine, of the return path or (complaints only) of the address that unsubscribes. A
// report that counts nothing (kDelayed and the like) changes nothing.
Result<HandledMail> handle_bounce(const Context& context, const TokenContent& token,
                                  const MailReport& report);

}  // namespace jawort
