// With which secrets posts to an endpoint are signed.
#pragma once

#include <vector>

#include "db/rows.h"
#include "engine/evidence/keys.h"

namespace jawort {

// The current one first; for a day after a rotation the one before it too.
std::vector<Secret> webhook_secrets(const Keys& keys, const WebhookEndpointRow& row, Instant now);

}  // namespace jawort
