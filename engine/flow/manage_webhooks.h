// What an operator sees of outgoing webhooks, and does with them. The publisher takes it up with
// its next look at the table.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct WebhookView {
  Webhook webhook;
  WebhookEndpointRow row;
  std::int64_t waiting = 0;
  std::optional<Instant> oldest;  // when the oldest event of these happened
};
Result<std::vector<WebhookView>> list_webhooks(const Context& context);  // in order of id
Result<WebhookView> show_webhook(const Context& context, std::string_view id);

struct WebhookSecrets {
  std::string current, previous;  // "whsec_…"; previous: empty when it signs no more
  std::optional<Instant> previous_until;
};
Result<WebhookSecrets> show_webhook_secrets(const Context& context, std::string_view id);
// A new secret signs from now on, the one before it beside it for a day. Of an older one nothing
// is left.
Result<WebhookSecrets> rotate_webhook_secret(const Context& context, std::string_view id);

// Nothing goes to it until it is enabled again.
Status disable_webhook(const Context& context, std::string_view id);
// It goes on where it stopped; or, `from_now`, with what happens from now on.
Status enable_webhook(const Context& context, std::string_view id, bool from_now);

struct ListedDelivery {
  WebhookDeliveryRow row;
  std::string id;  // as in the header webhook-id
};
// Newest first. `limit` 0: all that are kept.
Status for_each_delivery(const Context& context, std::string_view id,
                         std::optional<WebhookState> state, int limit,
                         const std::function<void(const ListedDelivery&)>& see);

// Sends what is over once more, as if it were new. kNotFound: there is no such delivery any more.
// kRefused: it waits anyway.
Status redeliver_webhook(const Context& context, std::string_view id, std::string_view delivery);
// The same for all that were given up. Answers how many.
Result<int> redeliver_failed(const Context& context, std::string_view id);

}  // namespace jawort
