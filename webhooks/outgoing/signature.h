// Secrets and signatures of Standard Webhooks 1.0.0 (symmetric, "v1").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/secret.h"

namespace jawort {

// The secret of an endpoint: an HMAC over "webhook/ENDPOINT/GENERATION" under a key of the key
// folder. It is stored nowhere: the number of its generation and the key are enough.
Secret webhook_secret(const Secret& key, std::string_view endpoint, std::int64_t generation);

// As receivers' libraries take it: "whsec_" and base64.
std::string secret_text(const Secret& secret);

// The identifier of one delivery: the same for every try, also when an older database has come
// back, and never that of something else, since it holds a part of the event's leaf hash.
std::string webhook_id(std::int64_t sequence, int part, const Hash256& leaf_hash);
struct WebhookId {
  std::int64_t sequence = 0;
  int part = 0;
  std::string leaf;  // the beginning of the leaf's hash, in hexadecimal
};
std::optional<WebhookId> parse_webhook_id(std::string_view text);

// The header `webhook-signature`: one "v1,…" per secret, separated by spaces.
std::string webhook_signatures(const std::vector<Secret>& secrets, std::string_view id,
                               std::int64_t timestamp, std::string_view body);

}  // namespace jawort
