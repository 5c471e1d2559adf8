#include "webhooks/incoming/answers.h"

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "templates/company_colour.h"
#include "webhooks/incoming/negotiation.h"
#include "webhooks/incoming/origin.h"

namespace jawort {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kRetryAfter = "30";  // seconds: a full writer queue is gone by then

// `style`: what stands in a <style> besides the layout's; empty: nothing does.
std::string content_security_policy(const Site& site, const PagePolicy& policy,
                                    std::string_view style) {
  std::string csp = "default-src 'none'; style-src ";
  csp += site.context.templates.style_csp_hash();
  if (!style.empty()) csp += " 'sha256-" + to_base64(sha256(as_bytes(style))) + "'";
  if (policy.own_script || !policy.frame_script.empty()) csp += "; script-src 'self'";
  if (policy.own_script) csp += "; connect-src 'self'";
  csp += "; form-action 'self'";
  std::vector<std::string> named;
  for (const std::string& url : policy.form_targets) {
    std::string origin = origin_of(url);
    if (origin.empty() || std::find(named.begin(), named.end(), origin) != named.end()) continue;
    csp += ' ' + origin;
    named.push_back(std::move(origin));
  }
  csp += "; frame-ancestors";
  bool framed = false;
  for (const std::string& ancestor : policy.frame_ancestors) {
    const std::string origin = origin_of(ancestor);
    if (origin.empty()) continue;
    csp += ' ' + origin;
    framed = true;
  }
  if (!framed) csp += " 'none'";
  return csp + "; base-uri 'none'";
}

void set_policy(const Site& site, const PagePolicy& policy, HttpResponse& response,
                std::string_view style = {}) {
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy", content_security_policy(site, policy, style));
  response.set("Referrer-Policy", policy.token_page ? "no-referrer" : "same-origin");
  response.set("X-Content-Type-Options", "nosniff");
  if (policy.token_page) response.set("X-Robots-Tag", "noindex");
}

std::string_view phrase_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
  }
  return "Internal Server Error";
}

std::string_view text_key(int status) {
  switch (status) {
    case 400:
    case 408:
    case 411:
    case 417:
      return "error_page_bad_request";
    case 403:
      return "error_page_forbidden";
    case 405:
      return "error_page_method";
    case 413:
      return "error_page_too_large";
    case 415:
      return "error_page_media_type";
    case 422:
      return "error_page_invalid";
    case 429:
      return "error_page_too_many";
    case 503:
      return "error_page_unavailable";
  }
  return "error_page_internal";
}

std::string_view kind_text(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kRefused:
      return "refused";
    case ErrorKind::kConfiguration:
      return "configuration";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kStorage:
      return "storage";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

// The style that makes the page the company's own. Put in behind the layout's, so that an
// operator's layout has it too.
std::string colour_of(const View& view) {
  const auto controller = view.values().find("controller");
  if (controller == view.values().end()) return {};
  const auto* values = std::get_if<View>(&controller->second);
  if (values == nullptr) return {};
  const auto colour = values->values().find("colour");
  if (colour == values->values().end()) return {};
  const auto* text = std::get_if<std::string>(&colour->second);
  return text == nullptr ? std::string() : colour_style(*text);
}

// False where the layout has no head to put it into.
bool put_style(std::string_view style, std::string& html) {
  const std::size_t head = html.find("</head>");
  if (style.empty() || head == std::string::npos) return false;
  html.insert(head, "<style>" + std::string(style) + "</style>\n");
  return true;
}

// With what the layout needs to know in a frame.
View framed(View view, const PagePolicy& policy) {
  std::string origins;
  for (const std::string& ancestor : policy.frame_ancestors) {
    const std::string origin = origin_of(ancestor);
    if (!origin.empty()) origins += (origins.empty() ? "" : " ") + origin;
  }
  return view.set("frame.script_url", policy.frame_script).set("frame.origins", std::move(origins));
}

}  // namespace

PagePolicy token_policy(const ShownForm* form) {
  PagePolicy policy;
  policy.token_page = true;
  if (form) {
    for (const auto& [language, url] : form->form.confirmed_url) policy.form_targets.push_back(url);
  }
  return policy;
}

HttpResponse page_answer(const Site& site, int status, std::string_view page,
                         std::string_view language, const View& view, const PagePolicy& policy) {
  HttpResponse response;
  response.status = status;
  std::string style = colour_of(view);
  const Templates& templates = site.context.templates;
  auto html = policy.frame_script.empty() ? templates.page(page, language, view)
                                          : templates.page(page, language, framed(view, policy));
  if (html.ok()) {
    response.body = *std::move(html);
    if (!put_style(style, response.body)) style.clear();
    response.content_type = kHtml;
  } else {  // templates are checked when they are loaded, so this is a fault of ours
    site.context.log.error("page_failed", {{"page", page}});
    response.status = 500;
    response.body = "Internal error.\n";
    response.content_type = "text/plain; charset=utf-8";
  }
  set_policy(site, policy, response, style);
  return response;
}

HttpResponse not_found_answer(const Site& site) {
  return page_answer(site, 404, "not_found", "en", View(), token_policy(nullptr));
}

HttpResponse refusal_answer(const Site& site, int status, std::string_view language, bool json,
                            const PagePolicy& policy) {
  if (json) return problem_answer(status, {});
  View view;
  set_controller(view, site.context.definitions.get()->controller());
  view.set("message", site.context.templates.text(text_key(status), language));
  return page_answer(site, status, "error", language, view, policy);
}

HttpResponse failure_answer(const Site& site, const Error& error, std::string_view language,
                            bool json, const PagePolicy& policy) {
  if (error.kind == ErrorKind::kNotFound) {
    return json ? problem_answer(404, {}) : not_found_answer(site);
  }
  // A full disk or a busy database may refuse every post: not a line for each.
  const auto level = error.kind == ErrorKind::kUnavailable ? LogLevel::kDebug : LogLevel::kError;
  site.context.log.write(level, "request_failed", {{"kind", kind_text(error.kind)}});
  const bool later = error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kStorage;
  HttpResponse response = refusal_answer(site, later ? 503 : 500, language, json, policy);
  if (later) response.set("Retry-After", kRetryAfter);
  return response;
}

HttpResponse see_other(const Site& site, std::string_view url, const PagePolicy& policy) {
  HttpResponse response;
  response.status = 303;
  response.set("Location", header_url(url));
  set_policy(site, policy, response);
  return response;
}

HttpResponse options_answer(const Call& call) {
  HttpResponse response;
  response.status = 204;
  response.set("Allow", call.allow);
  return response;
}

HttpResponse json_answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = status >= 400 ? "application/problem+json" : "application/json";
  response.set("Cache-Control", "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  return response;
}

HttpResponse problem_answer(int status, const std::vector<ProblemError>& errors) {
  std::string body = "{\"type\":\"about:blank\",\"title\":" + json_quote(phrase_of(status)) +
                     ",\"status\":" + std::to_string(status);
  if (!errors.empty()) {
    std::string list;
    for (const ProblemError& error : errors) {
      if (!list.empty()) list += ',';
      list += "{\"field\":" + json_quote(error.field) + ",\"code\":" + json_quote(error.code) +
              ",\"message\":" + json_quote(error.message) + "}";
    }
    body += ",\"errors\":[" + list + "]";
  }
  return json_answer(status, body + "}");
}

std::string visitor_language(const Site& site, const HttpRequest& request) {
  const std::string language = accepted_language(request.joined_header("accept-language"),
                                                 site.context.templates.languages());
  return language.empty() ? "en" : language;
}

std::string public_path(const Site& site, std::string_view path) {
  return path_prefix(site.context.settings.public_url) + std::string(path);
}

void set_controller(View& view, const Controller* controller) {
  if (!controller) return;
  View of;
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) of.set(name, value);
  };
  put("name", controller->name);
  put("address", controller->address);
  put("email", controller->email);
  put("phone", controller->phone);
  put("website", controller->website);
  put("imprint_url", controller->imprint_url);
  put("privacy_url", controller->privacy_url);
  put("privacy_version", controller->privacy_version);
  put("authority", controller->authority);
  put("colour", controller->colour);
  put("officer_name", controller->officer_name);
  put("officer_email", controller->officer_email);
  view.set("controller", std::move(of));
}

void set_purposes(View& view, const std::vector<AskedPurpose>& purposes) {
  std::vector<View> list;
  for (const AskedPurpose& purpose : purposes) {
    View entry;
    entry.set("id", purpose.id).set("label", purpose.label).set("wording", purpose.wording);
    list.push_back(std::move(entry));
  }
  view.set("has_purposes", !list.empty());
  view.set("purposes", std::move(list));
}

}  // namespace jawort
