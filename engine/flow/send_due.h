// Step 2: from the outbox to the relay. A driver (engine/flow/worker; tests and the simulation on a
// virtual clock) reads what is due, lets engine/queue/dispatcher decide which goes next, and calls
// send_mails with a transport of its own.
#pragma once

#include <functional>
#include <vector>

#include "engine/flow/context.h"
#include "engine/mail/transport.h"
#include "engine/queue/dispatcher.h"

namespace jawort {

struct DueMails {
  std::vector<DueMail> mails;                // in the order they should be offered
  std::optional<Instant> next_due;           // when the next one that is not due yet will be
  std::array<bool, kMailPriorities> more{};  // by priority: there are perhaps more than asked for
};
// Nothing at all while the outbox is paused.
Result<DueMails> due_mails(const Context& context, const MailsWanted& wanted);

// Writes down what the dispatcher held back; no try is used. In one transaction.
Status postpone_mails(const Context& context, const std::vector<PostponedMail>& postponed);

// Told once per mail how its attempt ended, before that is written; answers which mail is next.
// Called without locks, outside transactions.
using NextMail = std::function<std::optional<MailId>(MailId mail, const AttemptEnd& end)>;

// One attempt after the other until `then` has none: each writes it down, asks the gate (is the
// consent still pending for this very mail?), sends, writes the outcome with its event. The outcome
// of a mail and the beginning of the next are one transaction. An error means the store failed.
Status send_mails(const Context& context, MailTransport& transport, MailId first,
                  const NextMail& then);

}  // namespace jawort
