// Comes into a drip campaign: called beside the event that begins a sequence of steps, inside its
// transaction. flow/run_steps carries the steps out.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

// Each answers whether somebody came into a sequence. The campaign is that of the form as it is
// now, and stays in the version of now, whatever is applied later.

// A sign-up that is mailed. `event`: sequence of its form_submitted.
Result<bool> enrol_signed_up(const Context& context, Tables& tables, std::string_view form,
                             std::int64_t event, Instant at);
// A press. Who confirmed nothing by e-mail is in no sequence: no other consent allows a mail.
// `changed`: the values of the contact that it changed.
Result<bool> enrol_confirmed(const Context& context, Tables& tables,
                             const std::vector<Consent>& confirmed,
                             const std::vector<FieldValueRow>& changed, std::int64_t event,
                             Instant at);
Result<bool> enrol_revoked(const Context& context, Tables& tables,
                           const std::vector<Consent>& revoked, std::int64_t event, Instant at);

// A version of a campaign, from memory where it is the one in force; null: it was never stored.
Result<std::shared_ptr<const Campaign>> campaign_version(const Context& context,
                                                         const Tables& tables, std::string_view id,
                                                         const Hash256& version);

}  // namespace jawort
