#include "webhooks/incoming/form_request.h"

#include <algorithm>

#include "engine/flow/count_blocked.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/negotiation.h"
#include "webhooks/incoming/origin.h"
#include "webhooks/incoming/served.h"

namespace jawort {
namespace {

constexpr std::string_view kVary = "Origin, Accept, Accept-Language";

bool origin_allowed(const Site& site, const Form& form, const HttpRequest& request) {
  if (!request.has_header("origin")) return true;
  const auto sent = request.header("origin");
  if (sent == "null") return form.referrer_null_ok;
  const std::string origin = origin_of(sent);
  if (origin.empty()) return false;
  if (origin == origin_of(site.context.settings.public_url)) return true;
  return std::any_of(form.allowed_origins.begin(), form.allowed_origins.end(),
                     [&](const std::string& allowed) { return origin_of(allowed) == origin; });
}

void add_cors(const HttpRequest& request, HttpResponse& response) {
  response.set("Vary", kVary);
  if (!request.has_header("origin")) return;
  response.set("Access-Control-Allow-Origin", request.header("origin"));
  response.set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
}

HttpResponse foreign_origin(const Site& site, const Form& form, const HttpRequest& request) {
  if (request.method == "POST") {
    count_post(site.context, "foreign_origin");
    count_blocked(site.context, form.id, BlockReason::kForeignOrigin);
  }
  HttpResponse response = refusal_answer(site, 403, page_language(form, request),
                                         wants_json(request), form_policy(site, form, request));
  return response.set("Vary", kVary);
}

}  // namespace

bool offers(const Form& form, std::string_view language) {
  return std::find(form.languages.begin(), form.languages.end(), language) != form.languages.end();
}

std::string page_language(const Form& form, const HttpRequest& request) {
  std::string language = query_value(request, "lang");
  if (!offers(form, language)) {
    language = accepted_language(request.joined_header("accept-language"), form.languages);
  }
  return language.empty() && !form.languages.empty() ? form.languages.front() : language;
}

bool posts_json(const HttpRequest& request) {
  const auto media = parse_media_type(request.header("content-type"));
  return media && media->type == "application/json";
}

bool wants_json(const HttpRequest& request) {
  return answers_json(request.joined_header("accept"), posts_json(request));
}

PagePolicy form_policy(const Site& site, const Form& form, const HttpRequest& request) {
  PagePolicy policy;
  for (const auto& [language, url] : form.submitted_url) policy.form_targets.push_back(url);
  policy.frame_ancestors = form.allowed_origins;
  if (in_frame(request)) policy.frame_script = public_path(site, "/forms/" + form.id + "/frame.js");
  return policy;
}

HttpResponse for_own_sites(const Site& site, const Call& call, const FormAnswerer& answer) {
  const auto shown = site.context.definitions.get()->shown_form(call.parameter);
  if (!shown) return unknown_form(site, call.request);
  if (!origin_allowed(site, shown->form, call.request)) {
    return foreign_origin(site, shown->form, call.request);
  }
  HttpResponse response = answer(*shown);
  add_cors(call.request, response);
  return response;
}

HttpResponse preflight(const Call& call) {
  HttpResponse response = options_answer(call);
  if (call.request.has_header("access-control-request-method")) {
    response.set("Access-Control-Allow-Methods", call.allow);
    response.set("Access-Control-Allow-Headers", "Content-Type, Accept");
    response.set("Access-Control-Max-Age", "600");
  }
  return response;
}

HttpResponse unknown_form(const Site& site, const HttpRequest& request) {
  return wants_json(request) ? problem_answer(404, {}) : not_found_answer(site);
}

}  // namespace jawort
