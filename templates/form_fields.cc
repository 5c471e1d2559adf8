#include "templates/form_fields.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace jawort {
namespace {

bool is_set(const View& view, std::string_view name) {
  const auto found = view.values().find(name);
  if (found == view.values().end()) return false;
  if (const bool* flag = std::get_if<bool>(&found->second)) return *flag;
  const auto* text = std::get_if<std::string>(&found->second);
  return text != nullptr && !text->empty();
}

std::string_view text_of(const View& view, std::string_view name) {
  const auto found = view.values().find(name);
  const auto* text =
      found == view.values().end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? std::string_view{} : *text;
}

struct Control {
  std::string_view kind, input_type, input_mode, autocomplete;
};
// Numbers are typed into a text line: spin buttons and scroll wheels change type=number by
// accident, and it hides what it cannot read from the person who typed it.
constexpr std::array<Control, 5> kInputs = {{{"is_email", "email", "email", "email"},
                                             {"is_phone", "tel", "tel", "tel"},
                                             {"is_date", "date", "", ""},
                                             {"is_number", "text", "decimal", ""},
                                             {"is_text", "text", "", ""}}};

void set_if_absent(View& view, std::string_view name, std::string_view value) {
  if (!value.empty() && !is_set(view, name)) view.set(name, std::string(value));
}

bool has_options(const View& field) {
  const auto found = field.values().find("options");
  if (found == field.values().end()) return false;
  const auto* list = std::get_if<std::vector<View>>(&found->second);
  return list != nullptr && !list->empty();
}

std::vector<View> country_options(const View& field, const std::vector<Country>& countries) {
  std::vector<View> options;
  options.reserve(countries.size());
  for (const auto& [code, name] : countries) {
    View option;
    option.set("value", code).set("label", name);
    option.set("selected", ascii_equal_ignoring_case(code, text_of(field, "value")));
    options.push_back(std::move(option));
  }
  return options;
}

View with_control(View field, const std::vector<Country>& countries) {
  const bool country = is_set(field, "is_country");
  set_if_absent(field, "autocomplete",
                country ? "country" : autofill_token(text_of(field, "name")));
  const bool unlimited = text_of(field, "max_length") == "0";
  if (unlimited || is_set(field, "is_date")) field.set("max_length", false);
  if (is_set(field, "is_textarea") || is_set(field, "is_boolean")) return field;
  if (country && !has_options(field)) field.set("options", country_options(field, countries));
  if (country || is_set(field, "is_choice")) return field.set("is_select", true);
  field.set("is_input", true);
  const auto* control = std::ranges::find_if(
      kInputs, [&](const Control& candidate) { return is_set(field, candidate.kind); });
  if (control == kInputs.end()) control = &kInputs.back();
  set_if_absent(field, "input_type", control->input_type);
  set_if_absent(field, "input_mode", control->input_mode);
  set_if_absent(field, "autocomplete", control->autocomplete);
  return field;
}

}  // namespace

std::string_view autofill_token(std::string_view field_name) {
  using Entry = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Entry, 34> kTokens = {{{"first_name", "given-name"},
                                                     {"given_name", "given-name"},
                                                     {"firstname", "given-name"},
                                                     {"vorname", "given-name"},
                                                     {"last_name", "family-name"},
                                                     {"family_name", "family-name"},
                                                     {"surname", "family-name"},
                                                     {"lastname", "family-name"},
                                                     {"nachname", "family-name"},
                                                     {"name", "name"},
                                                     {"full_name", "name"},
                                                     {"salutation", "honorific-prefix"},
                                                     {"anrede", "honorific-prefix"},
                                                     {"company", "organization"},
                                                     {"organization", "organization"},
                                                     {"firma", "organization"},
                                                     {"job_title", "organization-title"},
                                                     {"street", "street-address"},
                                                     {"strasse", "street-address"},
                                                     {"address", "street-address"},
                                                     {"postal_code", "postal-code"},
                                                     {"postcode", "postal-code"},
                                                     {"zip", "postal-code"},
                                                     {"plz", "postal-code"},
                                                     {"city", "address-level2"},
                                                     {"ort", "address-level2"},
                                                     {"state", "address-level1"},
                                                     {"country", "country"},
                                                     {"land", "country"},
                                                     {"phone", "tel"},
                                                     {"telefon", "tel"},
                                                     {"birthday", "bday"},
                                                     {"birth_date", "bday"},
                                                     {"geburtsdatum", "bday"}}};
  const auto* found = std::ranges::find(kTokens, field_name, &Entry::first);
  return found == kTokens.end() ? std::string_view{} : found->second;
}

View with_controls(const View& form_page, const std::vector<Country>& countries) {
  View view = form_page;
  const auto found = form_page.values().find("fields");
  if (found == form_page.values().end()) return view;
  const auto* fields = std::get_if<std::vector<View>>(&found->second);
  if (fields == nullptr) return view;
  std::vector<View> shown;
  shown.reserve(fields->size());
  for (const View& field : *fields) shown.push_back(with_control(field, countries));
  view.set("fields", std::move(shown));
  return view;
}

}  // namespace jawort
