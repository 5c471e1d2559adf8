// `/unsubscribe`: somebody who has no mail of ours at hand types an address. If there is something
// to revoke, a mail with the link goes to that address. Nobody is told whether it did.
#pragma once

#include <string>

#include "engine/flow/context.h"
#include "engine/flow/visit.h"

namespace jawort {

// What these posts are counted under beside the forms; no form's id has a slash.
inline constexpr std::string_view kUnsubscribePage = "/unsubscribe";

struct UnsubscribePost {
  std::string email;     // as typed
  std::string language;  // of the page, and of the mail where there is one in it
  Visit visit;
};

struct UnsubscribeAnswer {
  bool valid = false;  // false: not an address, nothing was looked up or stored
  // A mail was queued: call Context::mail_queued once the answer is out (accept_form.h).
  bool mailed = false;
};

// Composes and waits for the disk for every address alike. At most one mail in 24 hours, none to a
// suppressed address. Something to revoke is a confirmed consent: what is only pending ends by
// itself, and a second mail to an address that never agreed would be the lever of a mail bomb.
// kUnavailable / kStorage: say so (503).
Result<UnsubscribeAnswer> mail_revoke_link(const Context& context, const UnsubscribePost& post);

}  // namespace jawort
