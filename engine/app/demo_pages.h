// The demo's own pages: /demo (what to do), /demo/mailbox (the mails), /demo/contacts (the
// records). They exist in `jawort demo` only. The mailbox shows confirmation links, as any mailbox
// does; it is the one place of the program that does, and says so.
#pragma once

#include <string>
#include <string_view>

#include "engine/app/demo_mailbox.h"
#include "engine/flow/context.h"
#include "webhooks/incoming/http.h"

namespace jawort {

// Answers paths at and below /demo, hands all others to `next`. `context` and `mailbox` outlive the
// handler. `command`: how the demo's other verbs are called, "jawort --config …".
HttpHandler demo_routes(const Context& context, const DemoMailbox& mailbox, std::string command,
                        HttpHandler next);

// `text` as HTML, with what looks like a web address as a link.
std::string html_with_links(std::string_view text);

}  // namespace jawort
