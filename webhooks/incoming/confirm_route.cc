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

// What is wrong with a press, and what was ticked in it.
struct Fault {
  std::string_view text;                                  // a key; empty: nothing
  const std::optional<std::vector<std::string>>& chosen;  // nothing: all
};
const std::optional<std::vector<std::string>> kAll;

std::string_view text_of(AskedQuestion question) {
  switch (question) {
    case AskedQuestion::kNone:
    case AskedQuestion::kAddress:
      return "";
    case AskedQuestion::kWrongAddress:
      return "confirm_again_wrong";
    case AskedQuestion::kTooManyTries:
      return "confirm_again_too_many";
  }
  return "";
}

// The boxes as they were ticked, so that a press that is to be made again asks for the same.
void set_boxes(View& view, const ConfirmPage& page,
               const std::optional<std::vector<std::string>>& chosen) {
  std::vector<View> list;
  for (const AskedPurpose& purpose : page.purposes) {
    View entry;
    entry.set("id", purpose.id).set("label", purpose.label).set("wording", purpose.wording);
    entry.set("checked", !chosen || std::ranges::find(*chosen, purpose.id) != chosen->end());
    list.push_back(std::move(entry));
  }
  view.set("has_purposes", !list.empty());
  view.set("purposes", std::move(list));
}

int status_of_open(const ConfirmPage& page, const Fault& fault) {
  if (page.question == AskedQuestion::kTooManyTries) return 429;
  return page.question == AskedQuestion::kWrongAddress || !fault.text.empty() ? 422 : 200;
}

// The button, and where a press has to be made again the field for the address.
HttpResponse show_open(const Site& site, const Call& call, const ConfirmPage& page,
                       const Fault& fault) {
  const auto definitions = site.context.definitions.get();
  const bool again = page.question != AskedQuestion::kNone;
  const auto text = [&](std::string_view key) {
    return key.empty() ? std::string() : site.context.templates.text(key, page.language);
  };
  const std::string address_error = text(text_of(page.question));
  View view;
  set_controller(view, page.form ? &page.form->controller : definitions->controller());
  view.set("masked_address", page.masked_address);
  view.set("several", page.purposes.size() > 1).set("keeps", page.keeps);
  view.set("action", public_path(site, "/confirm/" + std::string(call.parameter)));
  view.set("message", text(fault.text)).set("address.error", address_error);
  view.set("has_errors", !fault.text.empty() || !address_error.empty());
  set_boxes(view, page, fault.chosen);
  HttpResponse response =
      page_answer(site, status_of_open(page, fault), again ? "confirm_again" : "confirm",
                  page.language, view, token_policy(page.form.get()));
  if (page.question == AskedQuestion::kTooManyTries) {
    response.set("Retry-After", std::to_string(page.wait.count()));
  }
  return response;
}

HttpResponse show(const Site& site, const Call& call, const ConfirmPage& page) {
  if (page.state == LinkState::kDead) return not_found_answer(site);
  if (page.state == LinkState::kOpen) return show_open(site, call, page, {"", kAll});
  // Held while the view is filled: the current controller lives in the set.
  const auto definitions = site.context.definitions.get();
  View view;
  set_controller(view, page.form ? &page.form->controller : definitions->controller());
  view.set("masked_address", page.masked_address);
  view.set("keeps", page.keeps);
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
    // Still open: it looked like a machine's, so it is an opening, and the button is there.
    if (page->state != LinkState::kOpen) return after_confirmation(site, call, *page);
  }
  if (page->state == LinkState::kOpen) {
    page = open_link(site.context, call.parameter, visit);
    if (!page.ok()) return failed(site, call, page.error());
  }
  return show(site, call, *page);
}

// The page that was pressed once more, with what is wrong. In its language, whatever the browser's.
HttpResponse unprocessable(const Site& site, const Call& call, const Fault& fault) {
  const auto page = look_up_link(site.context, call.parameter);
  if (page.ok() && page->state == LinkState::kOpen) return show_open(site, call, *page, fault);
  const bool known = page.ok() && !page->language.empty();
  return refusal_answer(site, 422, known ? page->language : visitor_language(site, call.request),
                        false, token_policy(nullptr));
}

// With several purposes, those that were ticked.
std::optional<std::vector<std::string>> chosen_in(const FormBody& body) {
  const FormEntry* choose = body.find("choose");
  if (!choose || choose->value != "1") return std::nullopt;
  std::vector<std::string> chosen;
  for (const FormEntry& entry : body.entries) {
    if (entry.name == "purpose" && entry.is_text) chosen.push_back(entry.value);
  }
  return chosen;
}

HttpResponse press(Site& site, const Call& call) {
  const HttpRequest& request = call.request;
  const FormBody body = parse_form_body(request.header("content-type"), request.body);
  if (!body.ok()) {
    return refusal_answer(site, body.status, visitor_language(site, request), false,
                          token_policy(nullptr));
  }
  const FormEntry* decision = body.find("decision");
  const auto chosen = chosen_in(body);
  const Fault unclear{"confirm_unclear", chosen};
  if (!decision || body.count("decision") > 1) return unprocessable(site, call, unclear);
  const Visit visit = visit_of(site, request);
  if (decision->value == "deny") {
    const auto page = deny_consent(site.context, call.parameter, visit);
    return page.ok() ? show(site, call, *page) : failed(site, call, page.error());
  }
  if (decision->value != "confirm") return unprocessable(site, call, unclear);

  std::optional<std::string> typed;
  const FormEntry* address = body.find("address");
  if (address && address->is_text && body.count("address") == 1) typed = address->value;
  const auto page = confirm_consent(site.context, call.parameter, chosen, false, visit, typed);
  if (!page.ok()) {
    return page.error().kind == ErrorKind::kInvalid
               ? unprocessable(site, call, {"error_page_invalid", chosen})
               : failed(site, call, page.error());
  }
  if (page->state == LinkState::kOpen) return show_open(site, call, *page, {"", chosen});
  return after_confirmation(site, call, *page);
}

}  // namespace

HttpResponse serve_confirm(Site& site, const Call& call) {
  return call.reads() ? fetch(site, call) : press(site, call);
}

}  // namespace jawort
