// The words of the demo's pages, German and English.
#pragma once

#include <string_view>

namespace jawort {

struct DemoTexts {
  std::string_view language;
  std::string_view demo, start, mailbox, contacts;
  std::string_view start_lead;
  std::string_view sign_up, sign_up_note;
  std::string_view read_mail, read_mail_note;
  std::string_view see_record, see_record_note;
  std::string_view leave, leave_note;
  std::string_view mailbox_note, no_mails, to, from, date, subject, unsubscribe, as_text, as_html;
  std::string_view no_contacts, all_of, consent_none;
  std::string_view opt_in, mailed, opened, confirmed, revoked, wording, not_found;
};

// German where the browser asks for German first, else English.
const DemoTexts& demo_texts(std::string_view accept_language);

}  // namespace jawort
