// The keys of PRODUCT §5, kind by kind, and what they demand of each other within one definition.
#include <algorithm>

#include "engine/campaign/definition_schema.h"
#include "engine/campaign/value_checks.h"

namespace jawort {
namespace {

using enum Presence;
template <std::size_t kSize>
using Names = std::array<std::string_view, kSize>;

constexpr auto label = check::localized<check::line<200>>;

// --- controller, processor --------------------------------------------------------------------

constexpr Key kOfficerKeys[] = {
    {"name", kOptional, check::line<200>},
    {"email", kRequired, check::email},
};
constexpr Key kControllerKeys[] = {
    {"id", kRequired, check::identifier},
    {"name", kRequired, check::line<200>},
    {"address", kRequired, check::line<400>},
    {"email", kRequired, check::email},
    {"phone", kOptional, check::line<64>},
    {"website", kOptional, check::url},
    {"imprint_url", kOptional, check::url},
    {"privacy_url", kOptional, check::url},
    {"privacy_version", kOptional, check::date_or_line},
    {"authority", kOptional, check::line<200>},
    {"colour", kOptional, check::colour},
    {"data_protection_officer", kOptional, check::table<kOfficerKeys>},
};
constexpr Key kProcessorKeys[] = {
    {"name", kRequired, check::line<200>},        {"service", kRequired, check::line<400>},
    {"location", kOptional, check::country_code}, {"contract", kOptional, check::line<200>},
    {"signed", kOptional, check::date},
};

// --- field ------------------------------------------------------------------------------------

constexpr Names<9> kFieldTypes{"text",   "textarea", "email",  "phone",  "date",
                               "number", "boolean",  "choice", "country"};
constexpr Names<10> kCategories{"name",           "contact",   "address",   "birth", "family",
                                "correspondence", "behaviour", "technical", "other", "special"};
constexpr Names<5> kRoles{"administrator", "marketing", "forms", "datenschutz-manager", "auditor"};

void role(Node& value, Report& report) {
  if (value.type == Node::Type::kText) value.text = ascii_lower(value.text);
  check_one_of(value, kRoles, report);
}

constexpr Key kFieldKeys[] = {
    {"name", kRequired, check::field_name},
    {"type", kRequired, check::one_of<kFieldTypes>},
    {"label", kRequired, label},
    {"options", kOptional, check::list_of<check::line<200>>},
    {"personal", kRequired, check::flag},
    {"audited", kOptional, check::flag},
    {"category", kOptional, check::one_of<kCategories>},
    {"used_for", kOptional, check::list_of<check::used_for>},
    {"visible_to", kOptional, check::list_of<role>},
    {"keep", kOptional, check::duration},
    {"max_length", kOptional, check::number<1, 10000>},
};

void check_type_keys(const Node& field, Report& report) {
  const std::string type = text_at(field, "type");
  if (type.empty()) return;  // reported as missing
  const Node* options = field.find("options");
  if (type == "choice" && options == nullptr) {
    report.wrong(field, "options: missing; a choice needs what can be chosen");
  }
  if (type != "choice" && options != nullptr) {
    report.wrong(*options, "options: only a choice has them");
  }
  const Node* max_length = field.find("max_length");
  if (max_length == nullptr) return;
  if (type != "text" && type != "textarea") {
    report.wrong(*max_length, "max_length: only text and textarea have it");
  } else if (type == "text" && number_at(field, "max_length") > 1000) {
    report.wrong(*max_length, "max_length: must be at most 1000 for text; longer is a textarea");
  }
}

// GDPR art. 5(1)(b) and (e): no personal data without a purpose and a period.
void check_personal(Node& field, Report& report) {
  const Node* audited = field.find("audited");
  if (flag_at(field, "personal")) {
    for (const std::string_view key : {"used_for", "keep"}) {
      if (field.find(key) != nullptr) continue;
      report.wrong(field, std::string(key) +
                              ": missing; a field without purpose (used_for) and "
                              "period (keep) cannot be personal");
    }
    if (audited != nullptr && !flag_at(field, "audited")) {
      report.wrong(*audited, "audited: a personal field is audited, always");
    }
    if (field.find("category") == nullptr) field.add("category", text_node("other"));
  } else if (text_at(field, "category") == "special") {
    report.wrong(field, "personal: must be true for category \"special\" (art. 9 GDPR)");
  }
  if (audited == nullptr) field.add("audited", boolean_node(flag_at(field, "personal")));
}

void check_field_keys(Node& field, Report& report) {
  check_table(field, kFieldKeys, report);
  check_type_keys(field, report);
  check_personal(field, report);
}

// --- purpose ----------------------------------------------------------------------------------

constexpr Names<4> kChannels{"email", "phone", "sms", "post"};

void channel(Node& value, Report& report) {
  if (value.type == Node::Type::kList) {
    report.wrong(value,
                 "a consent is for one channel, so that it can be given and withdrawn by itself "
                 "(GDPR art. 7(2), recital 43); make a purpose for each");
  } else {
    check_one_of(value, kChannels, report);
  }
}

constexpr Key kScopeKeys[] = {
    {"companies", kOptional, check::list_of<check::line<200>>},
    {"products", kOptional, check::localized<check::line<400>>},
    {"frequency_max", kOptional, check::rate_limits},
    {"idle_after", kOptional, check::duration},
};
constexpr Key kPurposeKeys[] = {
    {"id", kRequired, check::identifier},
    {"channel", kRequired, channel},
    {"label", kRequired, label},
    {"wording", kRequired, check::localized<check::prose<4000>>},
    {"scope", kOptional, check::table<kScopeKeys>},
    {"keep_proof", kOptional, check::duration},
};

// --- form -------------------------------------------------------------------------------------

constexpr Names<2> kConfirmModes{"button", "click"};
constexpr Key kFormFieldKeys[] = {
    {"name", kRequired, check::field_name},
    {"required", kOptional, check::flag, "false"},
};
constexpr Key kFormPurposeKeys[] = {
    {"id", kRequired, check::identifier},
    {"required", kOptional, check::flag, "false"},
};
constexpr Key kProtectKeys[] = {
    {"honeypot", kOptional, check::honeypot_name, R"("company_fax")"},
    {"proof_of_work", kOptional, check::flag, "false"},
    {"min_seconds", kOptional, check::number<0, 3600>, "0"},
    {"per_address", kOptional, check::rate_limits, R"("1 per P1D, 3 per P30D")"},
    {"per_client", kOptional, check::rate_limits, R"("60 per PT1H")"},
};
constexpr Key kFormKeys[] = {
    {"id", kRequired, check::identifier},
    {"title", kRequired, label},
    {"languages", kRequired, check::list_of<check::language>},
    {"fields", kOptional, check::list_of<check::table<kFormFieldKeys>>},
    {"purposes", kOptional, check::list_of<check::table<kFormPurposeKeys>>},
    {"confirm", kOptional, check::one_of<kConfirmModes>, R"("button")"},
    {"link_valid", kOptional, check::pending_duration},
    {"campaign", kOptional, check::identifier},
    {"allowed_origins", kOptional, check::list_of<check::origin>},
    {"submitted_url", kOptional, check::localized<check::url>},
    {"confirmed_url", kOptional, check::localized<check::url>},
    {"referrer_null_ok", kOptional, check::flag, "false"},
    {"protect", kOptional, check::table<kProtectKeys>, "{}"},
};

void check_named_once(const Node& form, std::string_view list, std::string_view key,
                      Report& report) {
  const Node* items = form.find(list);
  if (items == nullptr || items->type != Node::Type::kList) return;
  const Report::Inside inside(report, list);
  std::vector<std::string> seen;
  for (const Node& item : items->children) {
    const std::string name = text_at(item, key);
    if (name.empty()) continue;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      report.wrong(item, "\"" + name + "\" is listed twice");
    }
    seen.push_back(name);
  }
}

void check_form_languages(const Node& form, Report& report) {
  const std::vector<std::string> languages = texts_at(form, "languages");
  if (languages.empty()) return;  // reported as missing
  const Node* title = form.find("title");
  if (title != nullptr && title->type == Node::Type::kTable) {
    for (const std::string& tag : languages) {
      if (title->find(tag) == nullptr)
        report.wrong(*title, "title: has no text in \"" + tag + "\"");
    }
  }
  for (const std::string_view key : {"submitted_url", "confirmed_url"}) {
    const Node* urls = form.find(key);
    if (urls == nullptr || urls->type != Node::Type::kTable) continue;
    for (const Node& target : urls->children) {
      if (std::find(languages.begin(), languages.end(), target.key) != languages.end()) continue;
      report.wrong(target, std::string(key) + "." + target.key +
                               ": is not one of the form's "
                               "languages");
    }
  }
}

void check_honeypot(const Node& form, Report& report) {
  const Node* protect = form.find("protect");
  const Node* fields = form.find("fields");
  if (protect == nullptr || fields == nullptr) return;
  const std::string honeypot = text_at(*protect, "honeypot");
  for (const Node& field : fields->children) {
    if (honeypot.empty() || text_at(field, "name") != honeypot) continue;
    report.wrong(*protect, "protect.honeypot: \"" + honeypot + "\" is a field of this form");
  }
}

void check_form_keys(Node& form, Report& report) {
  check_table(form, kFormKeys, report);
  check_named_once(form, "fields", "name", report);
  check_named_once(form, "purposes", "id", report);
  check_form_languages(form, report);
  check_honeypot(form, report);
  if (form.find("purposes") != nullptr && form.find("campaign") == nullptr) {
    report.wrong(form,
                 "campaign: missing; a form with purposes needs a campaign that sends the "
                 "confirmation mail");
  }
}

// --- campaign ---------------------------------------------------------------------------------

constexpr Names<2> kCampaignKinds{"drip", "newsletter"};
constexpr Names<5> kStepEvents{"opt_in", "confirmed", "revoked", "field_changed", "date"};
constexpr Names<7> kStopEvents{"opt_in",  "confirmed",     "revoked", "denied",
                               "expired", "field_changed", "date"};
constexpr Names<5> kStates{"pending", "confirmed", "revoked", "denied", "expired"};
constexpr Names<5> kGrades{"observed", "asserted", "click", "imported", "staff"};

constexpr Key kBetweenKeys[] = {
    {"from", kRequired, check::time_of_day},
    {"to", kRequired, check::time_of_day},
};
constexpr Key kStepKeys[] = {
    {"on", kRequired, check::one_of<kStepEvents>},
    {"after", kRequired, check::duration_or_zero},
    {"mail", kRequired, check::identifier},
    {"while", kOptional, check::one_of<kStates>},
    {"unless", kOptional, check::one_of<kStates>},
    {"stop_on", kOptional, check::one_or_list_of<check::one_of<kStopEvents>>},
    {"between", kOptional, check::table<kBetweenKeys>},
    {"field", kOptional, check::field_name},
    {"purpose", kOptional, check::identifier},
};

// A list of values per declared field: field.branch = ["Tübingen"].
void audience_fields(Node& fields, Report& report) {
  if (!has_type(fields, Node::Type::kTable, "a table of field names", report)) return;
  for (Node& values : fields.children) {
    const Report::Inside inside(report, values.key);
    check::one_or_list_of<check::line<200>>(values, report);
    if (values.type == Node::Type::kList && values.children.empty()) {
      report.wrong(values, "must not be empty");
    }
  }
}

constexpr Key kAudienceKeys[] = {
    {"language", kOptional, check::one_or_list_of<check::language>},
    {"field", kOptional, audience_fields},
};
constexpr Key kCampaignKeys[] = {
    {"id", kRequired, check::identifier},
    {"kind", kRequired, check::one_of<kCampaignKinds>},
    {"step", kOptional, check::list_of<check::table<kStepKeys>>},
    {"purpose", kOptional, check::identifier},
    {"subject", kOptional, label},
    {"mail", kOptional, check::identifier},
    {"audience", kOptional, check::table<kAudienceKeys>},
    {"least_grade", kOptional, check::one_of<kGrades>},
};

// What a step on = "field_changed" or "date" needs, and what the others do not have.
void check_step(const Node& step, Report& report) {
  const std::string on = text_at(step, "on");
  const bool of_field = on == "field_changed" || on == "date";
  const Node* field = step.find("field");
  if (of_field && field == nullptr) {
    report.wrong(step, "step: field: missing; a step on \"" + on + "\" says of which field");
  }
  if (!of_field && field != nullptr) {
    report.wrong(*field, "step: field: only steps on \"field_changed\" and \"date\" have it");
  }
  const Node* purpose = step.find("purpose");
  if (purpose != nullptr && (on == "opt_in" || on == "revoked")) {
    report.wrong(*purpose, "step: purpose: a step on \"" + on + "\" rests on no consent");
  }
}

void check_steps(const Node& campaign, Report& report) {
  const Node* steps = campaign.find("step");
  if (steps == nullptr || steps->type != Node::Type::kList) return;
  int confirmations = 0;
  std::vector<const Node*> reminders;
  for (const Node& step : steps->children) {
    check_step(step, report);
    const bool asks = text_at(step, "on") == "opt_in";
    const bool confirmation = asks && duration_at(step, "after") == Duration{};
    if (asks && !confirmation) reminders.push_back(&step);
    if (confirmation && ++confirmations > 1) {
      report.wrong(step,
                   "step: only one step can be the confirmation mail (on \"opt_in\", after "
                   "\"PT0S\")");
    }
    const Node* between = step.find("between");
    if (between != nullptr && !text_at(*between, "from").empty() &&
        text_at(*between, "from") == text_at(*between, "to")) {
      report.wrong(*between, "step: between: from and to must differ");
    }
  }
  if (confirmations > 0 && reminders.size() > 1) {
    report.wrong(*reminders[1],
                 "step: a sign-up is reminded of once (on \"opt_in\", after more than PT0S)");
  }
}

void check_campaign_keys(Node& campaign, Report& report) {
  check_table(campaign, kCampaignKeys, report);
  check_steps(campaign, report);
  const std::string kind = text_at(campaign, "kind");
  const auto demand = [&](std::string_view key) {
    if (campaign.find(key) == nullptr) {
      report.wrong(campaign, std::string(key) + ": missing; a " + kind + " campaign needs it");
    }
  };
  const auto refuse = [&](std::string_view key) {
    if (const Node* found = campaign.find(key)) {
      report.wrong(*found, std::string(key) + ": a " + kind + " campaign does not have it");
    }
  };
  if (kind == "drip") {
    demand("step");
    for (const std::string_view key : {"purpose", "subject", "mail", "audience"}) refuse(key);
  } else if (kind == "newsletter") {
    for (const std::string_view key : {"purpose", "subject", "mail"}) demand(key);
    refuse("step");
  }
}

// --- retention, webhook -----------------------------------------------------------------------

constexpr Names<5> kRetained{"pending", "lead", "ip", "revoked", "idle"};
// Which period each rule states, in the order of kRetained.
constexpr Names<5> kPeriodKeys{"delete_after", "after_last_activity", "delete_after", "keep_proof",
                               "flag_after"};
constexpr Key kRetentionKeys[] = {
    {"applies_to", kRequired, check::one_of<kRetained>},
    {"delete_after", kOptional, check::duration},
    {"after_last_activity", kOptional, check::duration},
    {"keep_proof", kOptional, check::duration},
    {"flag_after", kOptional, check::duration},
};

void check_retention_keys(Node& rule, Report& report) {
  check_table(rule, kRetentionKeys, report);
  const std::string applies_to = text_at(rule, "applies_to");
  const auto found = std::find(kRetained.begin(), kRetained.end(), applies_to);
  if (found == kRetained.end()) return;
  const std::string_view wanted = kPeriodKeys[static_cast<std::size_t>(found - kRetained.begin())];
  if (rule.find(wanted) == nullptr) {
    report.wrong(rule,
                 std::string(wanted) + ": missing; a rule for \"" + applies_to + "\" states it");
  }
  for (const Node& child : rule.children) {
    const bool period =
        std::find(kPeriodKeys.begin(), kPeriodKeys.end(), child.key) != kPeriodKeys.end();
    if (!period || child.key == wanted) continue;
    report.wrong(child, child.key + ": a rule for \"" + applies_to + "\" has " +
                            std::string(wanted) + " instead");
  }
  Node* period = rule.find("delete_after");
  if (applies_to == "pending" && period != nullptr && duration_at(rule, "delete_after")) {
    const Report::Inside inside(report, "delete_after");
    check::pending_duration(*period, report);
  }
}

constexpr Names<12> kWebhookEvents{"consent.requested", "consent.mail_sent", "consent.mail_failed",
                                   "consent.confirmed", "consent.denied",    "consent.expired",
                                   "consent.revoked",   "contact.created",   "contact.updated",
                                   "contact.erased",    "message.bounced",   "message.complained"};
constexpr Key kWebhookKeys[] = {
    {"id", kRequired, check::identifier},
    {"url", kRequired, check::url},
    {"events", kRequired, check::list_of<check::one_of<kWebhookEvents>>},
    {"include_personal", kOptional, check::flag, "false"},
};

constexpr Kind kKinds[] = {
    {"controller", "id", check::table<kControllerKeys>},
    {"processor", "name", check::table<kProcessorKeys>},
    {"field", "name", check_field_keys},
    {"purpose", "id", check::table<kPurposeKeys>},
    {"form", "id", check_form_keys},
    {"campaign", "id", check_campaign_keys},
    {"retention", "applies_to", check_retention_keys},
    {"webhook", "id", check::table<kWebhookKeys>},
};

}  // namespace

std::span<const Kind> definition_kinds() { return kKinds; }

}  // namespace jawort
