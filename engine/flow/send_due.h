// Step 2: from the outbox to the relay. The scheduler asks what is due and hands it to sender
// threads; each sender runs send_mail with a transport of its own.
#pragma once

#include <vector>

#include "engine/flow/context.h"
#include "engine/mail/transport.h"

namespace jawort {

// Once after start, before any sender: what a crash interrupted goes on. Attempts that had not
// handed over their last bytes are queued again; the others are uncertain and, being confirmation
// mails, are resent once, byte-identical. Answers how many were uncertain.
Result<int> recover_outbox(const Context& context);

struct DueMails {
  std::vector<MailId> mails;        // in the order they should go
  std::optional<Instant> next_due;  // when to look again, if nothing else happens
};
Result<DueMails> due_mails(const Context& context, int limit);

// One attempt: writes it down, asks the gate (is the consent still pending for this very mail?),
// sends, writes the outcome with its event. An error means the store failed.
Status send_mail(const Context& context, MailTransport& transport, MailId id);

// For `queue retry|release|drop`. kNotFound, kRefused when the state does not allow it.
enum class QueueAction : std::uint8_t { kRetry, kRelease, kDrop };
Status act_on_mail(const Context& context, MailId id, QueueAction action);

}  // namespace jawort
