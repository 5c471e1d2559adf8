// Whether a person's mail to the address that unsubscribes says so. Pure.
#pragma once

#include <string>

#include "engine/mail/mime_part.h"

namespace jawort {

// What a person has written, as far as a human has to read it. UTF-8 without control characters.
struct PersonsMail {
  std::string sender, subject;  // decoded; at most 1,000 bytes each
  std::string text;             // LF lines, at most 4,000 bytes, without what it quotes
};
PersonsMail read_persons_mail(const MimePart& message);

// True: the text is empty, or subject or the text's beginning have words for leaving, in any of the
// languages of engine/mail/words/unsubscribe.*.txt, and none that mean the contrary.
bool is_clear_leave_request(const PersonsMail& mail);

}  // namespace jawort
