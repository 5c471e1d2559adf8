#include "engine/flow/webhook_secrets.h"

#include "webhooks/outgoing/signature.h"

namespace jawort {

std::vector<Secret> webhook_secrets(const Keys& keys, const WebhookEndpointRow& row, Instant now) {
  std::vector<Secret> secrets;
  secrets.push_back(webhook_secret(keys.address, row.id, row.generation));
  if (row.rotated_at && row.generation > 1 && now < *row.rotated_at + kWebhookOldSecret) {
    secrets.push_back(webhook_secret(keys.address, row.id, row.generation - 1));
  }
  return secrets;
}

}  // namespace jawort
