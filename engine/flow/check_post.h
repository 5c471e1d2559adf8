// A form post against the form that was shown: what is kept of it, or what is wrong with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/consent/email_address.h"
#include "engine/flow/accept_form.h"

namespace jawort {

struct CheckedPost {
  std::shared_ptr<const ShownForm> form;  // the version that the visitor saw
  bool version_stated = false;
  std::string language;
  std::optional<EmailAddress> address;
  std::map<std::string, std::string> fields;  // canonical values, empty ones left out
  std::vector<std::string> purposes;          // ticked, in the form's order
  std::vector<FieldError> errors;
};

// kNotFound: no such form. Reads the store only for a version that is not the current one.
Result<CheckedPost> check_post(const Context& context, const FormPost& post);

// A form as it was shown under this version, current or older; null when there is no such version
// of this form.
Result<std::shared_ptr<const ShownForm>> shown_form_version(const Context& context,
                                                            std::string_view form_id,
                                                            std::string_view version);

}  // namespace jawort
