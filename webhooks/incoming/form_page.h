// The hosted form as a page: empty, or again with messages and what was typed.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/accept_form.h"
#include "webhooks/incoming/answers.h"

namespace jawort {

// The message for an error of a post, in the language of the form.
std::string error_message(const Site& site, const FieldError& error, std::string_view language);

// `typed` may be null. Boxes are ticked again only where the person saw this very version: nobody
// agrees to a wording they have not read.
HttpResponse form_page(const Site& site, const HttpRequest& request, int status,
                       const ShownForm& shown, std::string_view language, const std::string& page,
                       const FormPost* typed, const std::vector<FieldError>& errors);

}  // namespace jawort
