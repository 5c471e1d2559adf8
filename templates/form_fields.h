// How a field of a form is shown: which control, which keyboard, what a browser may fill in.
#pragma once

#include <string_view>
#include <vector>

#include "templates/renderer.h"
#include "templates/texts.h"

namespace jawort {

// The view of page `form` with, per entry of `fields`, what its kind (is_text, is_email …) means
// for HTML: is_select or is_input, input_type, input_mode, autocomplete, and the options of
// is_country. Values that are there stay.
View with_controls(const View& form_page, const std::vector<Country>& countries);

// HTML autofill token (WCAG 2.2 criterion 1.3.5) for a field of that name, or empty: "given-name"
// for first_name or vorname.
std::string_view autofill_token(std::string_view field_name);

}  // namespace jawort
