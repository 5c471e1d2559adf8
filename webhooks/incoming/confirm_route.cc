// GET and POST /confirm/{token}: the second step. Only a press confirms, unless the form is set to
// confirm = "click".
#include <algorithm>

#include "engine/flow/confirm_consent.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

// Fetched before anybody has asked for it (browsers and their previews say so in these headers).
bool is_prefetch(const HttpRequest& request) {
  for (const std::string_view name : {"sec-purpose", "purpose", "x-purpose", "x-moz"}) {
    const std::string value = ascii_lower(request.joined_header(name));
    if (value.find("prefetch") != std::string::npos || value.find("preview") != std::string::npos ||
        value.find("prerender") != std::string::npos) {
      return true;
    }
  }
  return false;
}

std::string_view page_name(LinkState state) {
  switch (state) {
    case LinkState::kOpen:
      return "confirm";
    case LinkState::kConfirmed:
      return "confirmed";
    case LinkState::kDenied:
      return "denied";
    case LinkState::kSuperseded:
      return "superseded";
    case LinkState::kExpired:
      return "expired";
    case LinkState::kDead:
      return "not_found";
  }
  return "not_found";
}

int status_of(LinkState state) {
  switch (state) {
    case LinkState::kOpen:
    case LinkState::kConfirmed:
    case LinkState::kDenied:
      return 200;
    case LinkState::kSuperseded:
    case LinkState::kExpired:
      return 410;
    case LinkState::kDead:
      return 404;
  }
  return 404;
}

HttpResponse show(const Site& site, const Call& call, const ConfirmPage& page) {
  if (page.state == LinkState::kDead) return not_found_answer(site);
  // Held while the view is filled: the current controller lives in the set.
  const auto definitions = site.context.definitions.get();
  View view;
  set_controller(view, page.form ? &page.form->controller : definitions->controller());
  view.set("masked_address", page.masked_address);
  view.set("several", page.purposes.size() > 1).set("keeps", page.keeps);
  view.set("action", public_path(site, "/confirm/" + std::string(call.parameter)));
  set_purposes(view, page.purposes);
  return page_answer(site, status_of(page.state), page_name(page.state), page.language, view,
                     token_policy(page.form.get()));
}

HttpResponse failed(const Site& site, const Call& call, const Error& error) {
  return failure_answer(site, error, visitor_language(site, call.request), false,
                        token_policy(nullptr));
}

// The answer to a confirmation: the form's own page for the language, else the success page.
HttpResponse after_confirmation(const Site& site, const Call& call, const ConfirmPage& page) {
  if (page.state != LinkState::kConfirmed || !page.form || page.form->form.confirmed_url.empty()) {
    return show(site, call, page);
  }
  return see_other(site, text_for(page.form->form.confirmed_url, page.language),
                   token_policy(page.form.get()));
}

// The mail's link "that was not me", opened when the consent is confirmed already, by a scanner
// perhaps: to where it can be revoked.
HttpResponse to_revocation(const Site& site, const Call& call, const ConfirmPage& page) {
  auto content = site.context.tokens.open(call.parameter, TokenKind::kConfirm);
  if (!content) return not_found_answer(site);
  content->kind = TokenKind::kRevoke;
  content->expires_at.reset();
  const std::string token = site.context.tokens.make(*content, content->key);
  return see_other(site, public_path(site, "/revoke/" + token), token_policy(page.form.get()));
}

HttpResponse fetch(Site& site, const Call& call) {
  const HttpRequest& request = call.request;
  auto page = look_up_link(site.context, call.parameter);
  if (!page.ok()) return failed(site, call, page.error());
  if (request.method == "HEAD" || is_prefetch(request)) return show(site, call, *page);

  const Visit visit = visit_of(site, request);
  const bool objects = !query_value(request, "deny").empty();
  if (objects && page->state == LinkState::kConfirmed) return to_revocation(site, call, *page);
  const bool by_click = page->mode == ConfirmMode::kClick && !objects &&
                        !visit.user_agent.empty() && client_kind(visit.user_agent) != "scanner";
  if (by_click && (page->state == LinkState::kOpen || page->state == LinkState::kConfirmed)) {
    if (page->state == LinkState::kOpen) {
      page = confirm_consent(site.context, call.parameter, std::nullopt, true, visit);
      if (!page.ok()) return failed(site, call, page.error());
    }
    return after_confirmation(site, call, *page);
  }
  if (page->state == LinkState::kOpen) {
    page = open_link(site.context, call.parameter, visit);
    if (!page.ok()) return failed(site, call, page.error());
  }
  return show(site, call, *page);
}

// In the language of the page that was pressed, whatever the browser's is.
HttpResponse unprocessable(const Site& site, const Call& call) {
  const auto page = look_up_link(site.context, call.parameter);
  const bool known = page.ok() && !page->language.empty();
  return refusal_answer(site, 422, known ? page->language : visitor_language(site, call.request),
                        false, token_policy(nullptr));
}

HttpResponse press(Site& site, const Call& call) {
  const HttpRequest& request = call.request;
  const FormBody body = parse_form_body(request.header("content-type"), request.body);
  if (!body.ok()) {
    return refusal_answer(site, body.status, visitor_language(site, request), false,
                          token_policy(nullptr));
  }
  const FormEntry* decision = body.find("decision");
  if (!decision || body.count("decision") > 1) return unprocessable(site, call);
  const Visit visit = visit_of(site, request);
  if (decision->value == "deny") {
    const auto page = deny_consent(site.context, call.parameter, visit);
    return page.ok() ? show(site, call, *page) : failed(site, call, page.error());
  }
  if (decision->value != "confirm") return unprocessable(site, call);

  std::optional<std::vector<std::string>> chosen;
  if (const FormEntry* choose = body.find("choose"); choose && choose->value == "1") {
    chosen.emplace();
    for (const FormEntry& entry : body.entries) {
      if (entry.name == "purpose" && entry.is_text) chosen->push_back(entry.value);
    }
  }
  const auto page = confirm_consent(site.context, call.parameter, chosen, false, visit);
  if (page.ok()) return after_confirmation(site, call, *page);
  return page.error().kind == ErrorKind::kInvalid ? unprocessable(site, call)
                                                  : failed(site, call, page.error());
}

}  // namespace

HttpResponse serve_confirm(Site& site, const Call& call) {
  return call.reads() ? fetch(site, call) : press(site, call);
}

}  // namespace jawort
