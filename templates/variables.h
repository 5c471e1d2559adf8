// Which variables a template may use. An unknown one is a typing mistake that would leave a gap in
// a mail that may have to stand in court, so it is an error when the template is loaded.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "templates/tags.h"

namespace jawort {

// Paths as in templates/README.md; what is in a list has "[]" before its dot:
// "controller.name", "purposes[].wording".
struct VariableSet {
  std::set<std::string, std::less<>> names;
  bool contact_fields = false;  // contact.<field> for any name of a field
};

bool is_page(std::string_view name);  // "layout" too
// `text_keys`: what `t.*` may name. REQUIRES: is_page(page)
VariableSet page_variables(std::string_view page,
                           const std::set<std::string, std::less<>>& text_keys);
// What a stranger can have sent, or what goes to an address that is not confirmed yet, takes no
// contact field; by name those are "confirmation", "reminder", "already_subscribed" and
// "unsubscribe"; nor does "receipt", which tells of nothing but the consent.
VariableSet mail_variables(std::string_view mail, std::string_view part);

// The full paths of the variables that the tags use. kInvalid naming the first one that is not in
// the set, or an unescaped one other than `reserved`, the one that the renderer itself fills.
Result<std::set<std::string, std::less<>>> check_variables(const std::vector<Tag>& tags,
                                                           const VariableSet& known,
                                                           std::string_view reserved);

// "first_name" for the path "contact.first_name"; empty for anything else, the address included.
std::string_view contact_field(std::string_view path);
// The "….url" variables that stand outside a section of their own: the mail makes no sense without.
std::set<std::string, std::less<>> urls_needed_in(const std::vector<Tag>& tags);

}  // namespace jawort
