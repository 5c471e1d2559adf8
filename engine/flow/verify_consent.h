// One consent held against the log: its chain of leaves, and its row against the fold of its
// events.
#pragma once

#include <vector>

#include "engine/consent/consent.h"
#include "engine/flow/ledger_findings.h"
#include "engine/flow/read_stored_event.h"

namespace jawort {

// `row`: null when the table has none. `events`: all that are about the contact, in order.
void verify_consent(ConsentId id, const Consent* row, const std::vector<CheckedEvent>& events,
                    LedgerFindings& findings);

}  // namespace jawort
