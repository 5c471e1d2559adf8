// Between the log's leaves and the rules of engine/consent: reads the events of one consent back as
// ConsentEvents, so that its state can be folded from the log alone.
#pragma once

#include <vector>

#include "engine/consent/consent.h"
#include "engine/flow/context.h"

namespace jawort {

Result<std::vector<ConsentEvent>> consent_events(const Tables& tables, const Consent& consent);
// Brings the rows of these consents one change further, each by the rules. After the event was
// recorded, in the same transaction. kRefused: a rule forbids it, and the caller lets it all go.
Status change_consents(Tables& tables, std::vector<Consent> consents, const ConsentEvent& change);

// What the row must say by its events; nothing when no row should be there.
Result<std::optional<Round>> folded_round(const Tables& tables, const Consent& consent);

}  // namespace jawort
