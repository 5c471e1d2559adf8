// The answers that routes give: pages with their security headers, JSON, problem details (RFC
// 9457), redirects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/campaign/definitions.h"
#include "engine/flow/confirm_consent.h"
#include "templates/renderer.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/site.h"

namespace jawort {

// Who may frame a page, where its forms may lead, and what a link on it tells (PRODUCT §4.1).
struct PagePolicy {
  std::vector<std::string> form_targets;     // URLs; their origins join form-action 'self'
  std::vector<std::string> frame_ancestors;  // origins; none: 'none'
  bool token_page = false;                   // no referrer, no robots
  bool own_script = false;                   // scripts and requests of our own origin
  std::string frame_script;                  // in a frame: the path of the script that tells it
};
PagePolicy token_policy(const ShownForm* form);  // null: no targets

HttpResponse page_answer(const Site& site, int status, std::string_view page,
                         std::string_view language, const View& view, const PagePolicy& policy);
// The neutral page: the same bytes whatever was asked for.
HttpResponse not_found_answer(const Site& site);
// Any other refusal: the page "error", or problem details where `json`.
HttpResponse refusal_answer(const Site& site, int status, std::string_view language, bool json,
                            const PagePolicy& policy);
// kUnavailable, kStorage: 503 with Retry-After; kNotFound: 404; else 500, and a line in the log.
HttpResponse failure_answer(const Site& site, const Error& error, std::string_view language,
                            bool json, const PagePolicy& policy);
HttpResponse see_other(const Site& site, std::string_view url, const PagePolicy& policy);
// 204 with Allow.
HttpResponse options_answer(const Call& call);
HttpResponse json_answer(int status, std::string body);

struct ProblemError {
  std::string field, code, message;
};
HttpResponse problem_answer(int status, const std::vector<ProblemError>& errors);

// For pages without a form: by Accept-Language among the languages there are texts for.
std::string visitor_language(const Site& site, const HttpRequest& request);
// `path` below the public URL: "/forms/newsletter" → "/optin/forms/newsletter".
std::string public_path(const Site& site, std::string_view path);
// controller.*; `controller` may be null.
void set_controller(View& view, const Controller* controller);
// purposes[] of token pages.
void set_purposes(View& view, const std::vector<AskedPurpose>& purposes);

}  // namespace jawort
