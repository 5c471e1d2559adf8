// The end of a round that was never confirmed (denied, expired, not chosen), a renewal included:
// what came with it goes, the events stay without personal data, and an earlier round is what the
// consent shows again.
#pragma once

#include "engine/flow/consent_link.h"
#include "engine/flow/context.h"

namespace jawort {

// After the ending event was recorded, in the same transaction. Values shared with another living
// consent of the same sign-up stay: they are that one's proof. A contact of which nothing is left
// goes too.
Status end_round(Tables& tables, const Consent& consent);
// Takes away the renewal of a consent alone, also of one that was just revoked.
Status end_renewal(Tables& tables, const Consent& consent);

inline constexpr std::chrono::hours kDenialHolds{30 * 24};

// "That was not me", and a revocation of what is still pending: ends the rounds, and holds off
// posts of that address to their forms for 30 days. REQUIRES: `pending` is not empty.
Status deny_pending(const Context& context, Tables& tables, const ConsentLink& link,
                    const std::vector<Consent>& pending, const Visit& visit, Instant now);

// Unticked by the person while it waits: ends as expired ("not_chosen"), which holds off nothing.
Status let_go(const Context& context, Tables& tables, const ConsentLink& link,
              const Consent& consent, const Visit& visit, Instant now);

// The counter jawort_consents_total{change="…"}.
void count_consents(const Context& context, std::string_view change, std::size_t by);

}  // namespace jawort
