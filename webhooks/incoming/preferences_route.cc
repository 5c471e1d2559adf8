// GET and POST /preferences/{token}: one box per purpose. Unticking ends a consent at once, a tick
// asks for a confirmation mail.
#include "engine/flow/change_preferences.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

std::vector<View> boxes(const std::vector<PreferredPurpose>& purposes) {
  std::vector<View> list;
  for (const PreferredPurpose& purpose : purposes) {
    View box;
    box.set("id", purpose.id).set("label", purpose.label).set("wording", purpose.wording);
    box.set("checked", purpose.pending || purpose.confirmed);
    box.set("pending", purpose.pending).set("confirmed", purpose.confirmed);
    box.set("offer", purpose.offer);
    list.push_back(std::move(box));
  }
  return list;
}

HttpResponse show(const Site& site, const Call& call, const PreferencesPage& page) {
  if (page.state == PreferencesState::kDead) return not_found_answer(site);
  const auto definitions = site.context.definitions.get();
  const std::string language =
      page.language.empty() ? visitor_language(site, call.request) : page.language;
  const bool open = page.state == PreferencesState::kOpen;
  View view;
  set_controller(view, definitions->controller());
  view.set("masked_address", page.masked_address);
  view.set("action", public_path(site, "/preferences/" + std::string(call.parameter)));
  view.set("purposes", boxes(page.purposes)).set("has_purposes", !page.purposes.empty());
  view.set("saved", page.saved).set("mailed", page.mailed).set("withheld", page.withheld);
  view.set("stale", page.stale);
  HttpResponse response = page_answer(site, 200, open ? "preferences" : "on_no_list", language,
                                      view, token_policy(nullptr));
  if (page.mailed) response.after = site.context.mail_queued;
  return response;
}

Result<PreferencesPage> change(Site& site, const Call& call, const FormBody& body) {
  PreferencesChoice choice;
  for (const FormEntry& entry : body.entries) {
    if (!entry.is_text) continue;
    if (entry.name == "purpose") choice.ticked.push_back(entry.value);
    if (entry.name == "was") choice.was.push_back(entry.value);
    if (entry.name == "offer") choice.offers.push_back(entry.value);
  }
  return change_preferences(site.context, call.parameter, choice, visit_of(site, call.request));
}

}  // namespace

HttpResponse serve_preferences(Site& site, const Call& call) {
  const HttpRequest& request = call.request;
  if (call.reads()) {
    const auto page = look_up_preferences(site.context, call.parameter);
    if (page.ok()) return show(site, call, *page);
    return failure_answer(site, page.error(), visitor_language(site, request), false,
                          token_policy(nullptr));
  }
  const FormBody body = parse_form_body(request.header("content-type"), request.body);
  if (!body.ok()) {
    return refusal_answer(site, body.status, visitor_language(site, request), false,
                          token_policy(nullptr));
  }
  const auto page = change(site, call, body);
  if (page.ok()) return show(site, call, *page);
  return failure_answer(site, page.error(), visitor_language(site, request), false,
                        token_policy(nullptr));
}

}  // namespace jawort
