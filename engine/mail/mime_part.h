// A message as a tree of MIME parts (RFC 5322, RFC 2045–2046), for mails that others wrote. Nothing
// is refused: what does not follow the standards is read as far as it can be. Pure and bounded.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jawort {

using MailHeaders = std::vector<std::pair<std::string, std::string>>;
// The first header of that name, whatever its case; empty when there is none.
std::string_view first_header(const MailHeaders& headers, std::string_view name);

struct MimePart {
  MailHeaders headers;  // unfolded, in order, at most 1,000 of them
  std::string body;     // as sent, LF lines

  std::string_view header(std::string_view name) const { return first_header(headers, name); }
  std::string type() const;  // "text/plain", in lower case; that is also what no header means
  std::string parameter(std::string_view name) const;  // of Content-Type; empty when there is none
  std::string decoded() const;                         // quoted-printable and base64 undone
  std::string text() const;  // the same, LF lines; Latin-1 where it says so turned to UTF-8
};

// Head and body of a message, or of one inside a part.
MimePart read_mime(std::string_view bytes);
// Calls with every part that is no multipart, in order: at most 100, and 6 multiparts deep. A
// message/rfc822 is one part.
void for_each_leaf(const MimePart& part, const std::function<void(const MimePart&)>& visit);

// The first text; where there is none that of the first HTML, without its tags.
std::string told_text(const MimePart& message);

// ISO 8859-1 and what differs little from it: ISO 8859-15, Windows-1252, US-ASCII.
bool is_latin1(std::string_view charset);
std::string latin1_to_utf8(std::string_view text);
// RFC 2045 §6.8, whatever else stands between its digits; nothing that was decoded: as it stands.
std::string decode_base64(std::string_view text);

}  // namespace jawort
