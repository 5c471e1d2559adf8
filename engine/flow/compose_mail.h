// Composes a mail from its templates, with links whose tokens are cut out of what is stored.
#pragma once

#include <string>
#include <string_view>

#include "engine/consent/email_address.h"
#include "engine/flow/context.h"

namespace jawort {

struct MailDraft {
  MailId id;
  MailKind kind = MailKind::kConfirmation;
  std::string template_name, language;
  const EmailAddress& to;
  Instant at, expires_at;
  View view;  // all but controller.*, contact.email and the links
  const Controller& controller;
  bool asks = true;       // confirm.url and deny.url are there
  bool by_click = false;  // opening confirm.url confirms: confirm.click
  bool keeps = false;     // confirm.keeps
};

// Everything of the row but `contact`, `submission` and `consents`, which the transaction knows.
// Each mail has revoke.url, also as List-Unsubscribe (RFC 8058), and preferences.url.
// kConfiguration: the template is missing or does not render.
Result<MailRow> compose_mail(const Context& context, MailDraft draft);

// The message as it goes out, tokens put back in: byte-identical each time. kInternal when a token
// key is gone or the bytes are not those that were queued.
Result<std::string> complete_message(const Context& context, const MailRow& mail);
Result<std::string> complete_message(const KeyRing& keys, const TokenBox& tokens,
                                     const MailRow& mail);

// `wanted` where the mail is there in it, else its first subtag, else the first of the form's
// languages in which it is, else English.
std::string step_language(const Context& context, std::string_view mail, std::string_view wanted,
                          const Form* form);
// The envelope's sender with its token put in: where bounces of this very mail come back.
std::string complete_sender(const Context& context, const MailRow& mail);
// All that may stand in it or on its envelope, to take them out of what others say of it.
std::vector<Token> tokens_of_mail(const Context& context, const MailRow& mail);

// What mails know as controller.*
View controller_view(const Controller& controller);
// `wanted` where the mail is there in it, else its first subtag, else English.
std::string mail_language(const Context& context, std::string_view mail, std::string_view wanted);
// "23.11.2026" for German readers, "2026-11-23" for all others.
std::string written_date(const LocalTime& local, std::string_view language);
// NAME.date, NAME.time and NAME.zone, as templates want them.
void set_moment(View& view, const std::string& name, const LocalTime& local,
                std::string_view language);

}  // namespace jawort
