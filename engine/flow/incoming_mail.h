// A mail that came to us: by `jawort ingest-bounce`, or found in the mailbox. Every way leads here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/handle_bounce.h"
#include "engine/mail/mailbox_reader.h"

namespace jawort {

// More of a mail is not looked at.
inline constexpr std::size_t kIncomingMailLimit = std::size_t{10} << 20;

// `recipients`: to whom it came, as the server said; the message's own headers are asked beside
// them. Whom a mail is about is told by a token of ours in one of these addresses alone, in a
// complaint also by where the mail complained of came from. Doing it twice changes nothing more.
// kUnavailable and kStorage: nothing was done, it has to come again.
Result<HandledMail> take_in_mail(const Context& context, std::string_view message,
                                 const std::vector<std::string>& recipients);

// Takes in what lies in a mailbox. What is about a mail of ours is deleted once it is recorded, or
// is known to need no record; all else stays there.
Status look_into_mailbox(const Context& context, MailSource& mailbox,
                         const std::function<bool()>& cancelled);

// The counters jawort_incoming_mails_total{…}, at zero.
void begin_incoming_counters(const Context& context);

}  // namespace jawort
