// The body of a webhook: {"type","timestamp","data"} (PRODUCT §4.4; Standard Webhooks 1.0.0,
// "Payload structure"). Pure.
#pragma once

#include <optional>
#include <string>

#include "engine/base/ids.h"
#include "engine/evidence/leaf.h"

namespace jawort {

struct WebhookSubject {
  std::string type, purpose;  // as in OutgoingEvent
  ContactId contact;
  std::string email;  // empty: it does not go along
  // Of a consent: the sign-up that began its round, where it is still known to be.
  std::optional<Leaf> sign_up{};
};

// One line of JSON. All but the address comes from the leaves, which never change, so a later try
// says the same.
std::string webhook_payload(const Leaf& leaf, const WebhookSubject& subject);
// What `jawort webhook test` sends: type "webhook.test", which is no event.
std::string test_payload(std::string_view endpoint, Instant at);

}  // namespace jawort
