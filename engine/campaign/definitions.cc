#include "engine/campaign/definitions.h"

#include <algorithm>

namespace jawort {

const std::string& text_for(const Localized& texts, std::string_view language) {
  static const std::string kNothing;
  for (const std::string_view tag : {language, std::string_view("en"), std::string_view("de")}) {
    const auto found = texts.find(tag);
    if (found != texts.end()) return found->second;
  }
  return texts.empty() ? kNothing : texts.begin()->second;
}

std::string_view name_of(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return "text";
    case FieldType::kTextarea:
      return "textarea";
    case FieldType::kEmail:
      return "email";
    case FieldType::kPhone:
      return "phone";
    case FieldType::kDate:
      return "date";
    case FieldType::kNumber:
      return "number";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kChoice:
      return "choice";
    case FieldType::kCountry:
      return "country";
  }
  return {};
}

const CampaignStep* Campaign::confirmation_step() const {
  const auto found = std::find_if(steps.begin(), steps.end(), [](const CampaignStep& step) {
    return step.on == "opt_in" && step.after == Duration{};
  });
  return found == steps.end() ? nullptr : &*found;
}

const CampaignStep* Campaign::receipt_step() const {
  const auto found = std::find_if(steps.begin(), steps.end(), [](const CampaignStep& step) {
    return step.on == "confirmed" && step.after == Duration{} && step.mail == "receipt";
  });
  return found == steps.end() ? nullptr : &*found;
}

const CampaignStep* Campaign::reminder_step() const {
  const CampaignStep* confirmation = confirmation_step();
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const CampaignStep& step) {
    return step.on == "opt_in" && &step != confirmation;
  });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace jawort
