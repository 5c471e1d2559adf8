// Step 5 of the way of the data: what happened is written down for those who want to be told of it,
// endpoint by endpoint, from events that are committed. The network comes later (post_webhooks.h).
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// Goes through the next `limit` events of the log for every endpoint that is not disabled. Answers
// how many it went through. One thread at a time.
Result<int> publish_events(const Context& context, int limit);

// Endpoints that are new begin at the end of the log. In the transaction that brings them.
Status begin_endpoints(const DefinitionSet& definitions, Tables& tables);

// All that is still to be told of this contact, for every endpoint, also those that are disabled.
// In the transaction that erases it, before events forget whom they were about.
Status publish_contact(const Context& context, Tables& tables, ContactId contact);

}  // namespace jawort
