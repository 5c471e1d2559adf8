// From a document's tree to the structs of definitions.h. Total: a key that is absent, or that an
// older version of the program wrote in another way, gives the struct's own default, so that what
// was shown years ago can still be read.
#pragma once

#include "engine/campaign/definition_tree.h"

namespace jawort {

Controller to_controller(const Node& content);
FieldDefinition to_field(const Node& content);
Purpose to_purpose(const Node& content);
Form to_form(const Node& content);
Campaign to_campaign(const Node& content);
Webhook to_webhook(const Node& content);

}  // namespace jawort
