// The form as JSON, for embed.js and for scripts of others: GET /forms/{form} with an Accept header
// that prefers JSON. What is posted with its `version` is bound to what stands in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/campaign/definitions.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/site.h"

namespace jawort {

HttpResponse describe_form(const Site& site, const ShownForm& shown, std::string_view language);

// What a choice, or a country, can be chosen from; empty for all other types.
struct FormOption {
  std::string value, label;
};
std::vector<FormOption> options_of(const Site& site, const FieldDefinition& field,
                                   std::string_view language);
bool requires_field(const Form& form, std::string_view name);
bool requires_purpose(const Form& form, std::string_view id);
// Where the form is posted to: an absolute URL.
std::string form_url(const Site& site, std::string_view form);

}  // namespace jawort
