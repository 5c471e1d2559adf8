// How a form reached its visitor (PRODUCT §6.3): the fact "served" of the event form_submitted. A
// page of ours is known by the token in it (form_token.h); all else is what the sender states, and
// a program can state anything.
#pragma once

#include <string_view>

#include "engine/flow/accept_form.h"
#include "webhooks/incoming/site.h"

namespace jawort {

// The request is for a frame: by Sec-Fetch-Dest (W3C Fetch Metadata §2.1), which no page can set;
// where a browser does not send it, by `?as=iframe`.
bool in_frame(const HttpRequest& request);

// `post.served` is what was stated. "hosted" and "iframe" only with the token of a page of ours in
// the version stated, and where neither Origin, Referer, Sec-Fetch-Site nor the page named speak
// against it; how old the page is does not matter. JSON is "script" where a page sent it and states
// so, else "json". "pasted" where a page of another's is named. Empty: nothing is known.
std::string_view served_as(const Site& site, const HttpRequest& request, const FormPost& post);

}  // namespace jawort
