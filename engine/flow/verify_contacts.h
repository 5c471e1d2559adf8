// The records of people held against the log: what stands in `contact`, `contact_field`, `consent`,
// `renewal` and `mail`, contact by contact, with every event about them.
#pragma once

#include <cstdint>

#include "db/store.h"
#include "engine/evidence/keys.h"
#include "engine/evidence/token.h"
#include "engine/flow/ledger_findings.h"

namespace jawort {

// With them a mail's links are put back, and all of it can be hashed.
struct LinkKeys {
  const KeyRing& keys;
  const TokenBox& tokens;
};

struct VerifiedContacts {
  std::int64_t events = 0, contacts = 0, consents = 0, mails = 0;
  LedgerFindings findings;
  void add(VerifiedContacts other);
};

// The contacts after `after` and up to `last`, known to the table or to the log alone. `links`: may
// be null.
Result<VerifiedContacts> verify_contacts(const Tables& tables, ContactId after, ContactId last,
                                         const LinkKeys* links);

}  // namespace jawort
