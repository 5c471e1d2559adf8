// Step 1: a form post becomes an event, a contact, pending consents and a confirmation mail in the
// outbox, in one transaction. The answer is the same whatever is known of the address.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/flow/context.h"
#include "engine/flow/visit.h"

namespace jawort {

// A post as parsed from any of the three encodings.
struct FormPost {
  std::string form;
  std::string email;
  std::map<std::string, std::string> fields;  // only names that the form has
  std::vector<std::string> consents;          // purposes ticked
  std::string language, page, version;        // as posted; may be empty
  std::string honeypot;                       // what stood in the honeypot field
  std::string form_token, altcha;             // as posted; judged before the flow, which
  std::vector<std::string> checks;            // is told what was passed: "min_seconds" …
  std::string served;  // how it reached the visitor: hosted iframe script pasted json
  std::string by;      // "preferences": ticked there; empty: by the form
  Visit visit;
};

struct FieldError {
  std::string field;  // "email", "consent", a field's name, "version", "form_token", "altcha"
  std::string code;   // "required", "invalid_address", "too_long", "unknown_version" …
};

struct FormAnswer {
  std::vector<FieldError> errors;  // not empty: 422, nothing was stored
  bool asked = false;              // a purpose was ticked: "pending", else "accepted"
  std::string language;            // chosen for pages and mails
  // A mail was queued: call Context::mail_queued once the answer is out. Not before: senders that
  // wake up would slow down this very answer, and so tell that there was a mail.
  bool mailed = false;
};

// kNotFound: no such form. kUnavailable / kStorage: not stored, say so (503).
Result<FormAnswer> accept_form(const Context& context, const FormPost& post);

}  // namespace jawort
