#include "engine/campaign/cross_check.h"

#include <algorithm>

#include "engine/campaign/definition_schema.h"

namespace jawort {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

template <typename Map>
std::string no_such(std::string_view what, std::string_view name, const Map& map) {
  std::vector<std::string_view> known;
  known.reserve(map.size());
  for (const auto& [id, value] : map) known.push_back(id);
  return "there is no " + std::string(what) + " " + in_quotes(name) + did_you_mean(name, known);
}

class CrossCheck {
 public:
  CrossCheck(const LoadedDefinitions& loaded, const std::vector<Document>& documents)
      : loaded_(loaded), documents_(documents) {}

  std::vector<std::string> run() {
    check_controllers();
    for (const auto& [id, form] : loaded_.forms) check_form(form);
    for (const auto& [name, field] : loaded_.fields) check_used_for(field);
    for (const auto& newsletter : loaded_.newsletters) check_newsletter(newsletter);
    for (const auto& [id, campaign] : loaded_.campaigns) {
      for (const CampaignStep& step : campaign.steps) check_step(campaign, step);
    }
    return std::move(problems_);
  }

 private:
  void wrong(std::string_view kind, std::string_view id, std::string_view what) {
    problems_.push_back(place_of(documents_, kind, id, what.substr(0, what.find(':'))) +
                        std::string(kind) + " " + in_quotes(id) + ": " + std::string(what));
  }

  void check_controllers() {
    for (std::size_t i = 1; i < loaded_.controllers.size(); ++i) {
      wrong("controller", loaded_.controllers[i].id,
            "id: there is already the controller " + in_quotes(loaded_.controllers[0].id) +
                ", and an installation has one; to change it, use its id");
    }
  }

  void check_form(const Form& form) {
    if (loaded_.controllers.empty()) {
      wrong("form", form.id, "there is no [controller], and a form must say who asks");
    }
    for (const FormField& used : form.fields) {
      const auto field = loaded_.fields.find(used.name);
      if (field == loaded_.fields.end()) {
        wrong("form", form.id, "fields: " + no_such("field", used.name, loaded_.fields));
      } else {
        need_languages(form, "field", used.name, "label", field->second.label);
      }
    }
    for (const FormPurpose& used : form.purposes) check_form_purpose(form, used.id);
    check_form_campaign(form);
    check_link_valid(form);
  }

  void check_form_purpose(const Form& form, const std::string& id) {
    const auto purpose = loaded_.purposes.find(id);
    if (purpose == loaded_.purposes.end()) {
      wrong("form", form.id, "purposes: " + no_such("purpose", id, loaded_.purposes));
      return;
    }
    need_languages(form, "purpose", id, "label", purpose->second.label);
    need_languages(form, "purpose", id, "wording", purpose->second.wording);
    if (!purpose->second.products.empty()) {
      need_languages(form, "purpose", id, "scope.products", purpose->second.products);
    }
  }

  void need_languages(const Form& form, std::string_view kind, std::string_view id,
                      std::string_view key, const Localized& texts) {
    for (const std::string& language : form.languages) {
      if (texts.contains(language)) continue;
      wrong(kind, id,
            std::string(key) + ": has no text in " + in_quotes(language) + ", a language of form " +
                in_quotes(form.id) +
                (key == "wording" ? "; nobody consents to what they cannot read (GDPR art. 7(2))"
                                  : ""));
    }
  }

  void check_form_campaign(const Form& form) {
    if (form.campaign.empty()) return;
    const auto campaign = loaded_.campaigns.find(form.campaign);
    if (campaign == loaded_.campaigns.end()) {
      wrong("form", form.id, "campaign: " + no_such("campaign", form.campaign, loaded_.campaigns));
    } else if (campaign->second.kind != "drip") {
      wrong("form", form.id, "campaign: " + in_quotes(form.campaign) + " is not a drip campaign");
    } else if (!form.purposes.empty() && campaign->second.confirmation_step() == nullptr) {
      wrong("form", form.id,
            "campaign: " + in_quotes(form.campaign) +
                " has no step with on = \"opt_in\" and after = \"PT0S\", which is "
                "the confirmation mail");
    }
  }

  void check_link_valid(const Form& form) {
    const auto& limit = loaded_.pending_delete_after;
    if (!limit || !form.link_valid || form.link_valid->seconds <= limit->seconds) return;
    wrong("form", form.id, "link_valid: is longer than retention \"pending\" keeps the sign-up");
  }

  void check_used_for(const FieldDefinition& field) {
    for (const std::string& reason : field.used_for) {
      const bool form = reason.starts_with("form:");
      if (form && !loaded_.forms.contains(reason.substr(5))) {
        wrong("field", field.name, "used_for: " + no_such("form", reason.substr(5), loaded_.forms));
      } else if (!form && !loaded_.purposes.contains(reason)) {
        wrong("field", field.name, "used_for: " + no_such("purpose", reason, loaded_.purposes));
      }
    }
  }

  void check_step(const Campaign& campaign, const CampaignStep& step) {
    const auto field = loaded_.fields.find(step.field);
    if (!step.field.empty() && field == loaded_.fields.end()) {
      wrong("campaign", campaign.id,
            "step: field: " + no_such("field", step.field, loaded_.fields));
    } else if (step.on == "date" && !step.field.empty() && field->second.type != FieldType::kDate) {
      wrong("campaign", campaign.id,
            "step: field: " + in_quotes(step.field) + " is no date, and the step goes by one");
    }
    if (step.purpose.empty()) return;
    const auto purpose = loaded_.purposes.find(step.purpose);
    if (purpose == loaded_.purposes.end()) {
      wrong("campaign", campaign.id,
            "step: purpose: " + no_such("purpose", step.purpose, loaded_.purposes));
    } else if (purpose->second.channel != "email") {
      wrong("campaign", campaign.id,
            "step: purpose: " + in_quotes(step.purpose) + " is not a consent to e-mail");
    }
  }

  void check_newsletter(const LoadedDefinitions::Newsletter& newsletter) {
    const auto purpose = loaded_.purposes.find(newsletter.purpose);
    if (purpose == loaded_.purposes.end()) {
      wrong("campaign", newsletter.id,
            "purpose: " + no_such("purpose", newsletter.purpose, loaded_.purposes));
    } else if (purpose->second.channel != "email") {
      wrong("campaign", newsletter.id,
            "purpose: " + in_quotes(newsletter.purpose) + " is not a consent to e-mail");
    }
    for (const auto& [name, values] : newsletter.audience_fields) {
      const auto field = loaded_.fields.find(name);
      if (field == loaded_.fields.end()) {
        wrong("campaign", newsletter.id,
              "audience.field: " + no_such("field", name, loaded_.fields));
      } else {
        check_audience_values(newsletter.id, field->second, values);
      }
    }
  }

  void check_audience_values(const std::string& campaign, const FieldDefinition& field,
                             const std::vector<std::string>& values) {
    if (field.type != FieldType::kChoice) return;
    const std::vector<std::string_view> options(field.options.begin(), field.options.end());
    for (const std::string& value : values) {
      if (std::find(options.begin(), options.end(), value) != options.end()) continue;
      wrong("campaign", campaign,
            "audience.field." + field.name + ": " + in_quotes(value) +
                " is not one of its options" + did_you_mean(value, options));
    }
  }

  const LoadedDefinitions& loaded_;
  const std::vector<Document>& documents_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string place_of(const std::vector<Document>& documents, std::string_view kind,
                     std::string_view id, std::string_view key) {
  for (const Document& document : documents) {
    if (document.kind != kind || document.id != id || document.file.empty()) continue;
    auto line = document.lines.find(key);
    if (line == document.lines.end()) line = document.lines.find(key.substr(0, key.find('.')));
    if (line == document.lines.end()) line = document.lines.find("");
    return document.file + ":" + std::to_string(line->second) + ": ";
  }
  return {};
}

std::vector<std::string> cross_check(const LoadedDefinitions& loaded,
                                     const std::vector<Document>& documents) {
  return CrossCheck(loaded, documents).run();
}

}  // namespace jawort
