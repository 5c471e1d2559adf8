// What an erasure leaves of consents that were once confirmed: the values of their events, apart
// from any contact, until their own end (GDPR art. 17(3)(e); PRODUCT §7.1).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct KeptConsent {
  // Folded from its events; the round is the last that was confirmed, with `erased` set. Neither
  // its row nor its contact's is there any more, and its events are found by both ids.
  Consent consent;
  std::int64_t erasure = 0;  // sequence of the event contact_erased
  Instant until;             // when its values go too
};
struct KeptProof {
  std::vector<KeptConsent> consents;  // oldest first; who came back may have two of one purpose
};

// Only for whoever types the address: there is no list of them. Nothing where nothing is kept.
// kInvalid: no address.
Result<std::optional<KeptProof>> find_kept_proof(const Context& context, const Tables& tables,
                                                 std::string_view email);

// The end of keeping the proof of a consent, counted from the end of the consent, because it may
// have been used until then: the purpose's `keep_proof`, else the rule for "revoked" to the end of
// that year in the controller's zone. The last day is that of the moment before. REQUIRES: `round`
// was confirmed.
Instant end_of_proof(const Context& context, std::string_view purpose, const Round& round,
                     Instant erased_at);

// Destroys what is past its end, at most `limit` consents, with an event `values_erased` that says
// how many. Answers how many went; call again while it answers `limit`.
Result<int> end_kept_proofs(const Context& context, int limit);

}  // namespace jawort
