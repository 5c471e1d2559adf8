// A mail from any values, read back. Input: one line each for the display name, the subject, and
// the addresses of recipient and reply; then the text, and after "\n--\n" the HTML part.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/mail/header_field.h"
#include "engine/mail/message.h"
#include "tests/fuzz/mail_reading.h"
#include "tests/fuzz/target.h"
#include "tests/support/mail_fields.h"

namespace jawort::fuzz {
namespace {

MailContent content_from(Input& input) {
  MailContent content;
  content.from = {std::string(input.line()), "news@shop.example"};
  content.subject = input.line();
  content.to = {"", std::string(input.line())};
  if (const std::string_view reply = input.line(); !reply.empty()) {
    content.reply_to = Mailbox{content.from.name, std::string(reply)};
  }
  content.date = "Mon, 23 Nov 2026 10:15:02 +0100";
  content.message_id = "abc.123@shop.example";
  content.boundary = "b0undaryb0undaryb0undary";
  content.language = "de";
  content.list_unsubscribe_url = "https://shop.example/revoke/token";
  const std::string_view bodies = input.rest();
  const std::size_t cut = bodies.find("\n--\n");
  content.text = bodies.substr(0, cut);
  if (cut != std::string_view::npos) content.html = bodies.substr(cut + 4);
  return content;
}

// Lines end in CRLF, are short, and hold nothing but printable ASCII and tabs.
void check_lines(std::string_view message) {
  promise(message.ends_with("\r\n"), "a mail ends with a line end");
  bool body = false;
  while (!message.empty()) {
    const std::string_view line = message.substr(0, message.find("\r\n"));
    message.remove_prefix(line.size() + 2);
    for (const char c : line) {
      promise(c == '\t' || (c >= ' ' && c <= '~'), "7 bits, no control characters");
    }
    promise(line.size() <= (body ? 76U : 998U), "lines are short");
    if (line.empty()) body = true;
    if (!body) continue;
    promise(!line.starts_with(".") && !line.starts_with("From "), "nothing needs stuffing");
    promise(!line.ends_with(' ') && !line.ends_with('\t'), "no line ends in white space");
  }
}

std::string with_lf(std::string_view text) {
  return replace_all(replace_all(std::string(text), "\r\n", "\n"), "\r", "\n");
}

void check_part(std::string_view part, std::string_view type, std::string_view text) {
  const auto read = read_mail(part);
  promise(read && read->fields.size() >= 2, "a part has its head");
  promise(read->value("Content-Type") == "text/" + std::string(type) + "; charset=utf-8",
          "a part has its type");
  promise(read->value("Content-Transfer-Encoding") == "quoted-printable", "and its encoding");
  const auto decoded = read_quoted_printable(read->body, false);
  promise(decoded && with_lf(*decoded) == with_lf(text), "a part reads as it was written");
}

void check_bodies(const MailContent& content, std::string_view message, const ReadMail& mail) {
  if (content.html.empty()) {
    // The last line gets an end where the text has none.
    const std::string text = with_lf(content.text);
    return check_part(message, "plain", text.ends_with('\n') ? text : text + "\n");
  }
  const std::string delimiter = "--" + content.boundary;
  const auto parts = replace_all(mail.body, delimiter, "\x01");
  promise(std::ranges::count(parts, '\x01') == 3 && parts.starts_with("\x01\r\n") &&
              parts.ends_with("\r\n\x01--\r\n"),
          "two parts, three delimiters");
  const auto pieces = split(parts, '\x01');
  const auto inner = [&](std::size_t i) { return pieces[i].substr(2, pieces[i].size() - 4); };
  check_part(inner(1), "plain", content.text);
  check_part(inner(2), "html", content.html);
}

void check_mailbox(std::string_view field, const Mailbox& mailbox) {
  const std::string_view name = trim_ascii_space(mailbox.name);
  if (name.empty()) return promise(field == mailbox.address, "the address alone");
  promise(field.ends_with("<" + mailbox.address + ">"), "one address, in angle brackets");
  field.remove_suffix(mailbox.address.size() + 2);
  promise(read_phrase(trim_ascii_space(field)) == name, "the name reads as it was written");
}

void mail_message(std::string_view bytes) {
  Input input(bytes);
  const MailContent content = content_from(input);
  const auto message = build_message(content);
  if (!message.ok()) {
    promise(message.error().kind == ErrorKind::kInvalid, "a refusal says that it was the input");
    return;
  }
  check_lines(*message);
  const auto mail = read_mail(*message);
  promise(mail.has_value(), "the head is fields and their continuations");
  std::vector<std::string> found;
  for (const auto& [name, value] : mail->fields) found.push_back(name);
  promise(found == testing::expected_fields(content), "no value adds a field or hides one");
  promise(read_text(mail->value("Subject")) == content.subject, "the subject reads as written");
  check_mailbox(mail->value("From"), content.from);
  check_mailbox(mail->value("To"), content.to);
  if (content.reply_to) check_mailbox(mail->value("Reply-To"), *content.reply_to);
  check_bodies(content, *message, *mail);
}

const Registration registered("mail_message", mail_message);

}  // namespace
}  // namespace jawort::fuzz
