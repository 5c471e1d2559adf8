// What an event of the log says to other systems, with what has to be looked up for it.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"
#include "webhooks/outgoing/event_map.h"

namespace jawort {

// Nothing for what says nothing, and for events that no longer say whom they are about.
Result<std::vector<OutgoingEvent>> told_by(const Tables& tables, const EventRow& event);

struct ComposedWebhook {
  std::string id, body;
};
// The delivery as it is sent now. The address goes along where the endpoint wants it and the
// contact is still there: what was erased meanwhile does not go out any more.
Result<ComposedWebhook> compose_webhook(const Tables& tables, const WebhookDeliveryRow& delivery,
                                        bool include_personal);

}  // namespace jawort
