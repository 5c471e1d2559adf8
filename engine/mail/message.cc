#include "engine/mail/message.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/consent/email_address.h"
#include "engine/mail/header_field.h"
#include "engine/mail/quoted_printable.h"

namespace jawort {
namespace {

// A line of a message may have 998 characters (RFC 5322 §2.1.1), and a URL cannot be folded.
constexpr std::size_t kUrlLimit = 900;
constexpr std::size_t kMessageIdLimit = 250;

bool ascii_without_space(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// Goes between < > of a List-Unsubscribe field (RFC 2369 §2).
bool fits_angle_brackets(std::string_view url) {
  return url.size() <= kUrlLimit && ascii_without_space(url) &&
         url.find_first_of("<>\"\\") == std::string_view::npos;
}

bool valid_message_id(std::string_view id) {
  const std::size_t at = id.find('@');
  if (id.size() > kMessageIdLimit || at == 0 || at == id.npos || at + 1 == id.size()) return false;
  const auto allowed = [](char c) { return ascii_alnum(c) || c == '.' || c == '-' || c == '_'; };
  const std::string_view right = id.substr(at + 1);
  return std::ranges::all_of(id.substr(0, at), allowed) && std::ranges::all_of(right, allowed);
}

bool valid_boundary(std::string_view boundary) {
  return boundary.size() >= 16 && boundary.size() <= 60 &&
         std::ranges::all_of(boundary, ascii_alnum);
}

bool valid_language(std::string_view tag) {
  return tag.size() <= 35 &&
         std::ranges::all_of(tag, [](char c) { return ascii_alnum(c) || c == '-'; });
}

bool valid_date(std::string_view date) {
  return !date.empty() && date.size() <= 60 &&
         std::ranges::all_of(date, [](char c) { return c >= ' ' && c <= '~'; });
}

Status check_mailbox(const Mailbox& mailbox, std::string_view field) {
  if (!safe_envelope_address(mailbox.address)) {
    return invalid("the address in " + std::string(field) + " cannot stand in a mail");
  }
  if (!fits_header(mailbox.name)) {
    return invalid("the name in " + std::string(field) + " holds a control character");
  }
  return {};
}

Status check_unsubscribe(const MailContent& content) {
  const std::string& url = content.list_unsubscribe_url;
  const bool http = url.starts_with("https://") || url.starts_with("http://");
  if (!url.empty() && (!http || !fits_angle_brackets(url))) {
    return invalid("the unsubscribe link is not a URL");
  }
  const std::string_view mailto = content.list_unsubscribe_mailto;
  const bool addressed = safe_envelope_address(mailto.substr(0, mailto.find('?')));
  if (!mailto.empty() && (!addressed || !fits_angle_brackets(mailto))) {
    return invalid("the unsubscribe address is not a mailto URL");
  }
  return {};
}

Status check(const MailContent& content) {
  JAWORT_TRY(check_mailbox(content.from, "From"));
  JAWORT_TRY(check_mailbox(content.to, "To"));
  if (content.reply_to) JAWORT_TRY(check_mailbox(*content.reply_to, "Reply-To"));
  if (!fits_header(content.subject)) return invalid("the subject holds a control character");
  if (!valid_date(content.date)) return invalid("the date is not one of RFC 5322");
  if (!valid_message_id(content.message_id)) return invalid("the message id is malformed");
  if (!valid_boundary(content.boundary)) return invalid("the boundary is malformed");
  if (!valid_language(content.language)) return invalid("the language is not an RFC 5646 tag");
  if (content.text.empty()) return invalid("the text of the mail is empty");
  if (!valid_utf8(content.text) || !valid_utf8(content.html)) {
    return invalid("the text of the mail is not UTF-8");
  }
  return check_unsubscribe(content);
}

std::string field(std::string_view name, std::string_view value) {
  return std::string(name) + ": " + std::string(value) + "\r\n";
}

std::string unsubscribe_fields(const MailContent& content) {
  const std::string& url = content.list_unsubscribe_url;
  const std::string& mailto = content.list_unsubscribe_mailto;
  std::string value;
  if (!url.empty()) value = "<" + url + ">";
  if (!url.empty() && !mailto.empty()) value += ",\r\n ";
  if (!mailto.empty()) value += "<mailto:" + mailto + ">";
  if (value.empty()) return {};
  std::string fields = field("List-Unsubscribe", value);
  // RFC 8058 §3.1: one click is for https only; a demo on loopback has http.
  if (url.starts_with("https://")) {
    fields += field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  return fields;
}

std::string head(const MailContent& content) {
  std::string fields = mailbox_field("From", content.from.name, content.from.address);
  fields += mailbox_field("To", content.to.name, content.to.address);
  if (content.reply_to) {
    fields += mailbox_field("Reply-To", content.reply_to->name, content.reply_to->address);
  }
  fields += unstructured_field("Subject", content.subject);
  fields += field("Date", content.date);
  fields += field("Message-ID", "<" + content.message_id + ">");
  fields += field("MIME-Version", "1.0");
  if (!content.language.empty()) fields += field("Content-Language", content.language);
  fields += field("Auto-Submitted", "auto-generated");  // RFC 3834 §5: no vacation replies, please
  fields += unsubscribe_fields(content);
  return fields;
}

std::string part(std::string_view subtype, std::string_view body) {
  return field("Content-Type", "text/" + std::string(subtype) + "; charset=utf-8") +
         field("Content-Transfer-Encoding", "quoted-printable") + "\r\n" + std::string(body);
}

std::string single(const MailContent& content) {
  std::string message = head(content) + part("plain", quoted_printable(content.text));
  if (!message.ends_with("\r\n")) message += "\r\n";
  return message;
}

// The CRLF before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
Result<std::string> alternative(const MailContent& content) {
  const std::string delimiter = "--" + content.boundary;
  const std::string text = quoted_printable(content.text);
  const std::string html = quoted_printable(content.html);
  if (text.find(delimiter) != std::string::npos || html.find(delimiter) != std::string::npos) {
    return invalid("the boundary occurs in the text");
  }
  return head(content) +
         field("Content-Type", "multipart/alternative;\r\n boundary=\"" + content.boundary + "\"") +
         "\r\n" + delimiter + "\r\n" + part("plain", text) + "\r\n" + delimiter + "\r\n" +
         part("html", html) + "\r\n" + delimiter + "--\r\n";
}

}  // namespace

Result<std::string> build_message(const MailContent& content) {
  JAWORT_TRY(check(content));
  if (content.html.empty()) return single(content);
  return alternative(content);
}

}  // namespace jawort
