#include "webhooks/incoming/form_page.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "webhooks/incoming/form_request.h"
#include "webhooks/incoming/form_shield.h"
#include "webhooks/incoming/served.h"

namespace jawort {
namespace {

// What the views of one page have in common.
struct Filling {
  const Site& site;
  bool framed;
  const ShownForm& shown;
  std::string_view language;
  const FormPost* typed;
  const std::vector<FieldError>& errors;

  std::string error_of(std::string_view field) const {
    const auto found = std::find_if(errors.begin(), errors.end(),
                                    [&](const FieldError& error) { return error.field == field; });
    return found == errors.end() ? std::string() : error_message(site, *found, language);
  }
};

// Form elements have no "off": a box is ticked by any of the words the field check takes for yes.
bool is_yes(std::string_view value) {
  for (const std::string_view yes : {"true", "1", "on", "yes"}) {
    if (ascii_equal_ignoring_case(value, yes)) return true;
  }
  return false;
}

View field_view(const Filling& filling, const FieldDefinition& field) {
  std::string value;
  if (filling.typed) {
    const auto found = filling.typed->fields.find(field.name);
    if (found != filling.typed->fields.end()) value = found->second;
  }
  const auto& uses = filling.shown.form.fields;
  const auto use = std::find_if(uses.begin(), uses.end(),
                                [&](const FormField& entry) { return entry.name == field.name; });
  std::vector<View> options;
  for (const std::string& option : field.options) {
    View entry;
    entry.set("value", option).set("label", option).set("selected", option == value);
    options.push_back(std::move(entry));
  }
  View view;
  view.set("name", field.name).set("label", text_for(field.label, filling.language));
  view.set("required", use != uses.end() && use->required);
  view.set("error", filling.error_of(field.name));
  view.set("is_" + std::string(name_of(field.type)), true);
  view.set("max_length", field.max_length > 0 ? std::to_string(field.max_length) : std::string());
  view.set("checked", is_yes(value));
  view.set("value", std::move(value));
  view.set("options", std::move(options));
  return view;
}

View purpose_view(const Filling& filling, const Purpose& purpose, bool keep_ticks) {
  const auto& uses = filling.shown.form.purposes;
  const auto use = std::find_if(uses.begin(), uses.end(),
                                [&](const FormPurpose& entry) { return entry.id == purpose.id; });
  const bool required = use != uses.end() && use->required;
  const auto ticked = [&] {
    const auto& ids = filling.typed->consents;
    return std::find(ids.begin(), ids.end(), purpose.id) != ids.end();
  };
  const bool was_ticked = filling.typed && ticked();
  View view;
  view.set("id", purpose.id).set("label", text_for(purpose.label, filling.language));
  view.set("wording", text_for(purpose.wording, filling.language));
  view.set("required", required).set("checked", keep_ticks && was_ticked);
  const auto missing = std::find_if(
      filling.errors.begin(), filling.errors.end(),
      [](const FieldError& error) { return error.field == "consent" && error.code == "required"; });
  if (required && !was_ticked && missing != filling.errors.end()) {
    view.set("error", error_message(filling.site, *missing, filling.language));
  }
  return view;
}

// Errors that belong to no single element of the page.
std::string form_error(const Filling& filling) {
  for (const FieldError& error : filling.errors) {
    const bool own_place =
        error.field == "email" || (error.field == "consent" && error.code == "required") ||
        std::any_of(filling.shown.fields.begin(), filling.shown.fields.end(),
                    [&](const FieldDefinition& field) { return field.name == error.field; });
    if (!own_place) return error_message(filling.site, error, filling.language);
  }
  return {};
}

std::vector<View> language_links(const Filling& filling, const std::string& page) {
  std::vector<View> links;
  for (const std::string& code : filling.shown.form.languages) {
    if (code == filling.language) continue;
    std::string url = public_path(filling.site, "/forms/" + filling.shown.form.id) +
                      "?lang=" + percent_encode(code);
    if (!page.empty()) url += "&page=" + percent_encode(page);
    if (filling.framed) url += "&as=iframe";
    View link;
    link.set("url", std::move(url)).set("code", code);
    link.set("name", filling.site.context.templates.text("language_name", code));
    links.push_back(std::move(link));
  }
  return links;
}

// Where the next page is shown. A page of the site belongs into the whole window, not into a frame
// of itself; ours stay in the frame, which browsers say themselves, and the address for the others.
void set_action(const Filling& filling, View& view) {
  const ShownForm& shown = filling.shown;
  const bool leaves = filling.framed && !shown.form.submitted_url.empty();
  std::string action = public_path(filling.site, "/forms/" + shown.form.id);
  if (filling.framed && !leaves) action += "?as=iframe";
  view.set("form.action", std::move(action)).set("form.target", leaves ? "_top" : "");
  view.set("form.served", filling.framed ? "iframe" : "hosted");
}

View form_view(const Filling& filling, const std::string& page) {
  const ShownForm& shown = filling.shown;
  const bool keep_ticks = filling.typed && filling.typed->version == version_text(shown.version);
  std::vector<View> fields, purposes;
  for (const FieldDefinition& field : shown.fields) fields.push_back(field_view(filling, field));
  for (const Purpose& purpose : shown.purposes) {
    purposes.push_back(purpose_view(filling, purpose, keep_ticks));
  }
  View view;
  set_controller(view, &shown.controller);
  view.set("form.id", shown.form.id);
  set_action(filling, view);
  view.set("form.title", text_for(shown.form.title, filling.language));
  view.set("form.version", version_text(shown.version));
  view.set("form.error", form_error(filling));
  view.set("has_errors", !filling.errors.empty());
  view.set("email.value", filling.typed ? filling.typed->email : std::string());
  view.set("email.error", filling.error_of("email"));
  view.set("fields", std::move(fields)).set("purposes", std::move(purposes));
  view.set("honeypot", shown.form.protect.honeypot).set("page", page);
  view.set("form_token", page_token(filling.site, shown, filling.typed, filling.errors));
  if (shown.form.protect.proof_of_work) {
    const std::string challenge =
        public_path(filling.site, "/forms/" + shown.form.id + "/challenge");
    view.set("proof.challenge_url", challenge).set("proof.script_url", challenge + ".js");
  }
  view.set("other_languages", language_links(filling, page));
  return view;
}

}  // namespace

std::string error_message(const Site& site, const FieldError& error, std::string_view language) {
  const bool box = error.field == "consent" && error.code == "required";
  return site.context.templates.text(box ? "error_consent_required" : "error_" + error.code,
                                     language);
}

HttpResponse form_page(const Site& site, const HttpRequest& request, int status,
                       const ShownForm& shown, std::string_view language, const std::string& page,
                       const FormPost* typed, const std::vector<FieldError>& errors) {
  const Filling filling{site, in_frame(request), shown, language, typed, errors};
  PagePolicy policy = form_policy(site, shown.form, request);
  policy.own_script = shown.form.protect.proof_of_work;
  return page_answer(site, status, "form", language, form_view(filling, page), policy);
}

}  // namespace jawort
