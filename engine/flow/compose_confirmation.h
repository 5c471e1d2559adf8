// Composes the confirmation mail of a sign-up: the texts of its templates, the form as it was
// shown, and links whose tokens are cut out of what is stored.
#pragma once

#include <string>
#include <vector>

#include "engine/consent/email_address.h"
#include "engine/flow/context.h"

namespace jawort {

struct ConfirmationRequest {
  MailId mail;
  const ShownForm& form;
  std::string template_name;
  std::string language;
  const EmailAddress& to;
  std::string page_origin;            // only where it is one of the form's origins; may be empty
  std::vector<std::string> purposes;  // ids, in the form's order
  Instant at;                         // of the opt-in
  Instant expires_at;
};

// Everything of the row but `contact`, `submission` and `consents`, which the transaction knows.
// kConfiguration: the template is missing or does not render.
Result<MailRow> compose_confirmation(const Context& context, const ConfirmationRequest& request);

// The message as it goes out, tokens put back in: byte-identical each time. kInternal when a token
// key is gone or the bytes are not those that were queued.
Result<std::string> complete_message(const Context& context, const MailRow& mail);

// `controller.*` for mails and pages.
View controller_view(const Controller& controller);

}  // namespace jawort
