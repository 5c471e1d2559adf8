// Reads back a mail as our own composer writes them, to show it to a person: RFC 5322 header
// fields, RFC 2047 words in UTF-8, one part or multipart/alternative, quoted-printable or base64.
// Lenient: what it does not know is shown as it stands.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jawort {

struct ReadMail {
  std::vector<std::pair<std::string, std::string>> headers;  // unfolded, decoded, in order
  std::string text, html;                                    // UTF-8, LF lines

  // The first header of that name, whatever its case; empty when there is none.
  std::string_view header(std::string_view name) const;
};

ReadMail read_mail(std::string_view bytes);

std::string decode_quoted_printable(std::string_view text);  // RFC 2045 §6.7
std::string decode_encoded_words(std::string_view header);   // RFC 2047

}  // namespace jawort
