// What a mail that came back says of one of ours: reports of delivery (RFC 3464 in RFC 6522, and
// what programs wrote before it and beside it), complaints (RFC 5965), answers of machines
// (RFC 3834). Pure and bounded; whatever bytes come in, there is an answer.
// About whom it is, no report is believed: that is told by the token in an address of ours alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mail/mime_part.h"

namespace jawort {

enum class ReportClass : std::uint8_t {
  kHard,       // final: there is no such mailbox
  kSoft,       // final for this mail, and may end: full, closed, unreachable, too long in a queue
  kOurFault,   // refused for what we are or what we wrote; says nothing of the person
  kComplaint,  // somebody told their provider that they do not want it
  kDelayed,    // it is still being tried
  kDelivered,  // delivered, relayed, expanded
  kNotSpam,    // taken back: it was no spam
  kAutoReply,  // an answer that no person wrote
  kUnknown,    // none of these: perhaps a person's mail
};
std::string_view name_of(ReportClass kind);  // "our_fault"

struct MailReport {
  ReportClass kind = ReportClass::kUnknown;
  std::string status;  // RFC 3463 "5.1.1", as it counted; may be empty
  std::string reason;  // quoted, at most 1,000 bytes, valid UTF-8; personal data
  // Addresses that a complaint names as where our mail came from: it goes to who runs the server,
  // not to the return path, so a token of ours can stand only here.
  std::vector<std::string> addresses{};
};

MailReport read_report(const MimePart& message);

// The address in a header like "Name <a@b>", or all of it; without spaces.
std::string_view address_in(std::string_view header);

// What a reply quoted in `text` says: the first SMTP code with its RFC 3463 status, else a status
// alone. code 0: neither stands there.
struct QuotedReply {
  int code = 0;
  std::string status;
  std::string_view text;  // from the code to the end of `text`
};
QuotedReply quoted_reply(std::string_view text);
// The first RFC 3463 status in `text`; empty: there is none.
std::string_view quoted_status(std::string_view text);
// The class of a failure by these; judge_reply decides.
ReportClass judge_failure(int code, std::string_view status, std::string_view text);

// Reports without machine-readable part (engine/mail/text_report.cc).
bool is_text_report(const MimePart& message);
MailReport read_text_report(const MimePart& message);
bool is_auto_reply(const MimePart& message);

}  // namespace jawort
