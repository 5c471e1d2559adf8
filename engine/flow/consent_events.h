// Between the log's leaves and the rules of engine/consent: reads the events of one consent back as
// ConsentEvents, so that its state can be folded from the log alone.
#pragma once

#include <vector>

#include "engine/consent/consent.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/context.h"

namespace jawort {

// What an event says of the consent for this purpose that it is about; nothing when it does not
// move it. `mail`: the one that it names, 0 when it names none.
std::optional<ConsentEvent> consent_event(const Leaf& leaf, std::string_view purpose, MailId mail);

Result<std::vector<ConsentEvent>> consent_events(const Tables& tables, const Consent& consent);
// All rounds, by the events. kInternal: they contradict one another, so the database was changed or
// is damaged.
Result<History> consent_history(const Tables& tables, const Consent& consent);
// Brings the rows of these consents one change further, each by the rules, as they are now. After
// the event was recorded, in the same transaction. kRefused: a rule forbids it, and the caller lets
// it all go.
Status change_consents(Tables& tables, const std::vector<Consent>& consents,
                       const ConsentEvent& change);

// What the row must say by its events; no round when no row should be there.
Result<Standing> folded_standing(const Tables& tables, const Consent& consent);

}  // namespace jawort
