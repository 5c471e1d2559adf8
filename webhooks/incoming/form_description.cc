#include "webhooks/incoming/form_description.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "engine/evidence/digest.h"
#include "templates/form_fields.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_shield.h"

namespace jawort {
namespace {

using Json = nlohmann::ordered_json;

// What embed.js says, by the keys of the texts.
constexpr auto kTexts = std::to_array<std::string_view>({"email",
                                                         "optional",
                                                         "choose",
                                                         "leave_empty",
                                                         "form_errors",
                                                         "form_consent",
                                                         "form_next",
                                                         "form_privacy",
                                                         "form_privacy_link",
                                                         "form_submit",
                                                         "proof_working",
                                                         "proof_failed",
                                                         "title_sent",
                                                         "sent_lead",
                                                         "sent_next",
                                                         "sent_no_mail_hint",
                                                         "error_page_forbidden",
                                                         "error_page_too_many",
                                                         "error_page_unavailable",
                                                         "error_page_internal"});

void put(Json& json, const char* name, std::string_view value) {
  if (!value.empty()) json[name] = value;
}

Json describe_field(const Site& site, const ShownForm& shown, const FieldDefinition& field,
                    std::string_view language) {
  Json json{{"name", field.name},
            {"type", name_of(field.type)},
            {"label", text_for(field.label, language)},
            {"required", requires_field(shown.form, field.name)}};
  if (field.max_length > 0) json["max_length"] = field.max_length;
  put(json, "autocomplete", autofill_token(field.name));
  for (const auto& [value, label] : options_of(site, field, language)) {
    json["options"].push_back({{"value", value}, {"label", label}});
  }
  return json;
}

Json describe_purpose(const ShownForm& shown, const Purpose& purpose, std::string_view language) {
  return {{"id", purpose.id},
          {"label", text_for(purpose.label, language)},
          {"wording", text_for(purpose.wording, language)},
          {"required", requires_purpose(shown.form, purpose.id)}};
}

}  // namespace

std::vector<FormOption> options_of(const Site& site, const FieldDefinition& field,
                                   std::string_view language) {
  std::vector<FormOption> options;
  for (const std::string& option : field.options) options.push_back({option, option});
  if (field.type == FieldType::kCountry) {
    for (const auto& [code, name] : site.context.templates.countries(language)) {
      options.push_back({code, name});
    }
  }
  return options;
}

bool requires_field(const Form& form, std::string_view name) {
  const auto use = std::ranges::find(form.fields, name, &FormField::name);
  return use != form.fields.end() && use->required;
}

bool requires_purpose(const Form& form, std::string_view id) {
  const auto use = std::ranges::find(form.purposes, id, &FormPurpose::id);
  return use != form.purposes.end() && use->required;
}

std::string form_url(const Site& site, std::string_view form) {
  return site.context.settings.public_url + "/forms/" + std::string(form);
}

HttpResponse describe_form(const Site& site, const ShownForm& shown, std::string_view language) {
  const Form& form = shown.form;
  const std::string url = form_url(site, form.id);
  Json json{{"form", form.id},
            {"version", version_text(shown.version)},
            {"language", language},
            {"title", text_for(form.title, language)},
            {"action", url},
            {"fields", Json::array()},
            {"purposes", Json::array()}};
  for (const FieldDefinition& field : shown.fields) {
    json["fields"].push_back(describe_field(site, shown, field, language));
  }
  for (const Purpose& purpose : shown.purposes) {
    json["purposes"].push_back(describe_purpose(shown, purpose, language));
  }
  put(json, "controller", shown.controller.name);
  put(json, "privacy_url", shown.controller.privacy_url);
  put(json, "honeypot", form.protect.honeypot);
  // A script is no page of ours; what it needs a token for is the minimum time.
  const bool timed = shown.form.protect.min_seconds > 0;
  put(json, "form_token", timed ? page_token(site, shown, nullptr, {}) : std::string());
  if (form.protect.proof_of_work) json["challenge_url"] = url + "/challenge";
  if (!form.submitted_url.empty()) json["submitted_url"] = text_for(form.submitted_url, language);
  for (const std::string_view key : kTexts) {
    json["texts"][std::string(key)] = site.context.templates.text(key, language);
  }
  return json_answer(200, json.dump());
}

}  // namespace jawort
