// Between the log's leaves and the rules of engine/consent: reads the events of one consent back as
// ConsentEvents, so that its state can be folded from the log alone.
#pragma once

#include <vector>

#include "engine/consent/consent.h"
#include "engine/flow/context.h"

namespace jawort {

Result<std::vector<ConsentEvent>> consent_events(const Tables& tables, ConsentId consent,
                                                 std::string_view purpose);
// What the row must say by its events; nothing when no row should be there.
Result<std::optional<Round>> folded_round(const Tables& tables, ConsentId consent,
                                          std::string_view purpose);

}  // namespace jawort
