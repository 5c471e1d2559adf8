// GET and POST /revoke/{token}: the end. A POST revokes whatever its body is.
#include "engine/flow/revoke_consent.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

// RFC 8058 §3.2: exactly this pair, urlencoded or multipart.
bool is_one_click(const HttpRequest& request) {
  const FormBody body = parse_form_body(request.header("content-type"), request.body);
  if (!body.ok() || body.kind == BodyKind::kJson) return false;
  const FormEntry* entry = body.find("List-Unsubscribe");
  return entry && entry->value == "One-Click";
}

std::string_view page_name(RevokeState state) {
  switch (state) {
    case RevokeState::kOpen:
      return "revoke";
    case RevokeState::kRevoked:
      return "revoked";
    case RevokeState::kOnNoList:
      return "on_no_list";
    case RevokeState::kDead:
      return "not_found";
  }
  return "not_found";
}

HttpResponse show(const Site& site, const Call& call, const RevokePage& page) {
  if (page.state == RevokeState::kDead) return not_found_answer(site);
  const auto definitions = site.context.definitions.get();
  const std::string language =
      page.language.empty() ? visitor_language(site, call.request) : page.language;
  View view;
  set_controller(view, page.form ? &page.form->controller : definitions->controller());
  view.set("masked_address", page.masked_address);
  view.set("action", public_path(site, "/revoke/" + std::string(call.parameter)));
  set_purposes(view, page.purposes);
  return page_answer(site, 200, page_name(page.state), language, view, token_policy(nullptr));
}

}  // namespace

HttpResponse serve_revoke(Site& site, const Call& call) {
  const HttpRequest& request = call.request;
  const auto page =
      call.reads() ? look_up_revocation(site.context, call.parameter)
                   : revoke_consent(site.context, call.parameter,
                                    is_one_click(request) ? RevokedBy::kOneClick : RevokedBy::kLink,
                                    visit_of(site, request));
  if (page.ok()) return show(site, call, *page);
  return failure_answer(site, page.error(), visitor_language(site, request), false,
                        token_policy(nullptr));
}

}  // namespace jawort
