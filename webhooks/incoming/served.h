// How a form reached its visitor (PRODUCT §6.3): the fact "served" of the event form_submitted. The
// page states it; what the browser says of itself may speak against that. A program can state
// anything, as it can state any version: the fact describes honest visitors and proves nothing.
#pragma once

#include <string_view>

#include "webhooks/incoming/site.h"

namespace jawort {

// The request is for a frame: by Sec-Fetch-Dest (W3C Fetch Metadata §2.1), which no page can set;
// where a browser does not send it, by `?as=iframe`.
bool in_frame(const HttpRequest& request);

// "hosted" and "iframe" only from a page of our origin, "script" only for JSON sent by a page; what
// states neither is "json" or, as a form's encoding, "pasted".
std::string_view served_as(const Site& site, const HttpRequest& request, std::string_view stated);

}  // namespace jawort
