// Step 6: a revocation by link, one click or staff. Effective at once: the stamp, the event and the
// stop of queued mails are one transaction.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/confirm_consent.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/context.h"

namespace jawort {

enum class RevokeState : std::uint8_t {
  kOpen,      // there is something to revoke
  kRevoked,   // it is revoked (now or before)
  kOnNoList,  // a genuine token whose consent or contact is gone
  kDead,      // unknown, malformed, foreign: 404
};

struct RevokePage {
  RevokeState state = RevokeState::kDead;
  std::string language;
  std::string masked_address;
  std::vector<AskedPurpose> purposes;
  std::shared_ptr<const ShownForm> form;  // null when there is none
};

Result<RevokePage> look_up_revocation(const Context& context, std::string_view token);
// Idempotent. On a consent still pending it counts as denial.
Result<RevokePage> revoke_consent(const Context& context, std::string_view token, RevokedBy by,
                                  const Visit& visit);

// Ends these consents of the link's contact, inside the caller's transaction: confirmed ones are
// revoked, pending ones denied. Says how many of each.
struct EndedConsents {
  std::size_t revoked = 0, denied = 0;
};
Result<EndedConsents> end_consents(const Context& context, Tables& tables, const ConsentLink& link,
                                   const std::vector<Consent>& consents, RevokedBy by,
                                   const Visit& visit, Instant now);
// The metrics of that, once it is durable.
void count_ended(const Context& context, const EndedConsents& ended);

// A link for any newsletter tool: a revocation token that never expires. kNotFound when the address
// has no consent for this purpose.
Result<std::string> revocation_link(const Context& context, std::string_view email,
                                    std::string_view purpose);

}  // namespace jawort
