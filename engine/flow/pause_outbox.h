// The outbox of a restored backup waits: its mails have perhaps gone already, and who they are for
// has perhaps opted out since. An operator looks at them and lets them go.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// Durable; a pause that is there already stays as it is.
Status pause_outbox(const Context& context, std::string_view reason);
Result<std::optional<OutboxPause>> outbox_pause(const Context& context);
// False: it was not paused. The caller wakes the scheduler.
Result<bool> resume_outbox(const Context& context);

}  // namespace jawort
