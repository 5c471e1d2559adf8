// The mail that an event queued, held against what the event committed to.
#pragma once

#include "engine/flow/read_stored_event.h"
#include "engine/flow/verify_contacts.h"

namespace jawort {

// False: the event queued no mail, or does not say any more which. `contact`, `links`: may be null.
Result<bool> verify_mail(const Tables& tables, ContactId id, const ContactRow* contact,
                         const CheckedEvent& event, const LinkKeys* links,
                         LedgerFindings& findings);

}  // namespace jawort
