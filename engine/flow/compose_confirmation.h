// Composes a mail that answers a sign-up: the form as it was shown, in the words of its templates.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/compose_mail.h"

namespace jawort {

struct ConfirmationRequest {
  MailId mail;
  MailKind kind;
  const ShownForm& form;
  std::string template_name;
  std::string language;
  const EmailAddress& to;
  std::string page_origin;            // only where it is one of the form's origins; may be empty
  std::vector<std::string> purposes;  // ids, in the form's order
  Instant at;                         // of the opt-in
  Instant expires_at;
  bool keeps = false;  // some of it renews what stays in force without the press
};

// As compose_mail.
Result<MailRow> compose_confirmation(const Context& context, const ConfirmationRequest& request);

}  // namespace jawort
