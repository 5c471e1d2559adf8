// What an operator may do to a mail in the outbox: `queue retry|release|drop`.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// kRetry: queued, now instead of later. kRelease: held, queued again. kDrop: queued, held, or under
// way before its last bytes, never to be sent.
enum class QueueAction : std::uint8_t { kRetry, kRelease, kDrop };
// kNotFound; kRefused when the state does not allow it.
Status act_on_mail(const Context& context, MailId id, QueueAction action);

}  // namespace jawort
