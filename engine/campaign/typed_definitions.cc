#include "engine/campaign/typed_definitions.h"

#include <array>

#include "engine/campaign/definition_set.h"

namespace jawort {
namespace {

const Node& table_at(const Node& table, std::string_view key) {
  static const Node kEmpty;
  const Node* node = table.find(key);
  return node == nullptr ? kEmpty : *node;
}

FieldType to_field_type(std::string_view name) {
  static constexpr std::array kTypes{
      FieldType::kText,    FieldType::kTextarea, FieldType::kEmail,
      FieldType::kPhone,   FieldType::kDate,     FieldType::kNumber,
      FieldType::kBoolean, FieldType::kChoice,   FieldType::kCountry};
  for (const FieldType type : kTypes) {
    if (name_of(type) == name) return type;
  }
  return FieldType::kText;
}

FormProtect to_protect(const Node& protect) {
  FormProtect out;
  out.honeypot = text_at(protect, "honeypot");
  out.proof_of_work = flag_at(protect, "proof_of_work");
  out.min_seconds = number_at(protect, "min_seconds");
  out.per_address = rate_limits_at(protect, "per_address");
  out.per_client = rate_limits_at(protect, "per_client");
  return out;
}

CampaignStep to_step(const Node& step) {
  CampaignStep out;
  out.on = text_at(step, "on");
  out.after = duration_at(step, "after").value_or(Duration{});
  out.mail = text_at(step, "mail");
  out.while_state = text_at(step, "while");
  out.unless_state = text_at(step, "unless");
  out.stop_on = texts_at(step, "stop_on");
  const Node& between = table_at(step, "between");
  out.between_from = text_at(between, "from");
  out.between_to = text_at(between, "to");
  out.field = text_at(step, "field");
  out.purpose = text_at(step, "purpose");
  return out;
}

}  // namespace

Controller to_controller(const Node& content) {
  Controller out;
  out.id = text_at(content, "id");
  out.name = text_at(content, "name");
  out.address = text_at(content, "address");
  out.email = text_at(content, "email");
  out.phone = text_at(content, "phone");
  out.website = text_at(content, "website");
  out.imprint_url = text_at(content, "imprint_url");
  out.privacy_url = text_at(content, "privacy_url");
  out.privacy_version = text_at(content, "privacy_version");
  out.authority = text_at(content, "authority");
  out.colour = text_at(content, "colour");
  const Node& officer = table_at(content, "data_protection_officer");
  out.officer_name = text_at(officer, "name");
  out.officer_email = text_at(officer, "email");
  return out;
}

FieldDefinition to_field(const Node& content) {
  FieldDefinition out;
  out.name = text_at(content, "name");
  out.type = to_field_type(text_at(content, "type"));
  out.label = localized_at(content, "label");
  out.options = texts_at(content, "options");
  out.personal = flag_at(content, "personal");
  out.audited = flag_at(content, "audited");
  out.category = text_at(content, "category");
  out.used_for = texts_at(content, "used_for");
  out.visible_to = texts_at(content, "visible_to");
  out.keep = duration_at(content, "keep");
  out.max_length = number_at(content, "max_length");
  return out;
}

Purpose to_purpose(const Node& content) {
  Purpose out;
  out.id = text_at(content, "id");
  out.channel = text_at(content, "channel");
  out.label = localized_at(content, "label");
  out.wording = localized_at(content, "wording");
  const Node& scope = table_at(content, "scope");
  out.companies = texts_at(scope, "companies");
  out.products = localized_at(scope, "products");
  out.frequency_max = rate_limits_at(scope, "frequency_max");
  out.idle_after = duration_at(scope, "idle_after");
  out.keep_proof = duration_at(content, "keep_proof");
  return out;
}

Form to_form(const Node& content) {
  Form out;
  out.id = text_at(content, "id");
  out.title = localized_at(content, "title");
  out.languages = texts_at(content, "languages");
  for (const Node& field : table_at(content, "fields").children) {
    out.fields.push_back({text_at(field, "name"), flag_at(field, "required")});
  }
  for (const Node& purpose : table_at(content, "purposes").children) {
    out.purposes.push_back({text_at(purpose, "id"), flag_at(purpose, "required")});
  }
  out.confirm = text_at(content, "confirm") == "click" ? ConfirmMode::kClick : ConfirmMode::kButton;
  out.link_valid = duration_at(content, "link_valid");
  out.campaign = text_at(content, "campaign");
  out.allowed_origins = texts_at(content, "allowed_origins");
  out.submitted_url = localized_at(content, "submitted_url");
  out.confirmed_url = localized_at(content, "confirmed_url");
  out.referrer_null_ok = flag_at(content, "referrer_null_ok");
  out.protect = to_protect(table_at(content, "protect"));
  return out;
}

Campaign to_campaign(const Node& content) {
  Campaign out;
  out.id = text_at(content, "id");
  out.kind = text_at(content, "kind");
  for (const Node& step : table_at(content, "step").children) out.steps.push_back(to_step(step));
  out.least_grade = parse_grade(text_at(content, "least_grade"));
  return out;
}

Webhook to_webhook(const Node& content) {
  return {text_at(content, "id"), text_at(content, "url"), texts_at(content, "events"),
          flag_at(content, "include_personal")};
}

Result<Campaign> parse_campaign(const Document& document) {
  if (document.kind != "campaign") return invalid("is not a campaign");
  const auto content = read_document(document);
  if (!content) return content.error();
  return to_campaign(*content);
}

}  // namespace jawort
