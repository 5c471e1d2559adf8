#include "engine/mail/leave_request.h"

#include "engine/base/text.h"
#include "engine/mail/mail_reader.h"
#include "engine/mail/mail_words.h"
#include "engine/mail/smtp_conversation.h"

namespace jawort {
namespace {

constexpr std::size_t kTextLimit = 4000;
constexpr std::size_t kBeginning = 300;  // what is said later may be about anything

// Where the mail that is answered begins: marks of programs, and the line before what is quoted.
bool begins_quotation(std::string_view line) {
  const std::string lower = ascii_lower(line);
  return lower.starts_with("-----original") || lower.starts_with("-----urspr") ||
         lower.starts_with("________________") ||
         (lower.starts_with("on ") && lower.ends_with("wrote:")) ||
         (lower.starts_with("am ") && (lower.ends_with("schrieb:") || lower.ends_with(":")));
}

std::string own_words(std::string_view text) {
  std::string out;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim_ascii_space(raw);
    if (raw.starts_with("-- ") || line == "--" || begins_quotation(line)) break;
    if (line.starts_with('>') || (line.empty() && out.empty())) continue;
    const std::string printable = printable_reply(line);
    if (out.size() + printable.size() + 1 > kTextLimit) break;
    out += printable + "\n";
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string header_text(const MimePart& message, std::string_view name) {
  return printable_reply(as_utf8(decode_encoded_words(message.header(name))));
}

}  // namespace

PersonsMail read_persons_mail(const MimePart& message) {
  return {header_text(message, "From"), header_text(message, "Subject"),
          own_words(as_utf8(told_text(message)))};
}

bool is_clear_leave_request(const PersonsMail& mail) {
  const std::string_view beginning = utf8_prefix(mail.text, kBeginning);
  const auto& stay = phrase_lists("stay");
  if (has_phrase(stay, mail.subject) || has_phrase(stay, beginning)) return false;
  if (trim_ascii_space(mail.text).empty()) return true;
  const auto& leave = phrase_lists("unsubscribe.");
  return has_phrase(leave, mail.subject) || has_phrase(leave, beginning);
}

}  // namespace jawort
