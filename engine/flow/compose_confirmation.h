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
  bool keeps = false;                    // some of it renews what stays in force without the press
  std::optional<Instant> reminded_at{};  // of a reminder: when that is
};

// The posted page's origin where it is one of the form's own; anybody can post any other. Empty
// else.
std::string known_origin(const Context& context, const Form& form, std::string_view page);

// As compose_mail.
Result<MailRow> compose_confirmation(const Context& context, const ConfirmationRequest& request);

}  // namespace jawort
