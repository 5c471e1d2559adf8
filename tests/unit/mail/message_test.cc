#include "engine/mail/message.h"

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "tests/support/catch.h"
#include "tests/unit/mail/mail_shape.h"

namespace jawort {
namespace {

using namespace std::string_literals;
using testing::built;
using testing::content;
using testing::crlf_lines;
using testing::expected_fields;
using testing::fault_of;

std::string_view body_of(std::string_view message) {
  return message.substr(message.find("\r\n\r\n") + 4);
}

std::string header_lines(const std::string& message, std::string_view name) {
  std::string found;
  bool inside = false;
  const std::string_view head = std::string_view(message).substr(0, message.find("\r\n\r\n") + 2);
  for (const auto line : crlf_lines(head)) {
    if (!line.starts_with(' ')) inside = line.starts_with(std::string(name) + ":");
    if (inside) found += std::string(line) + "\n";
  }
  return found;
}

TEST_CASE("a plain mail is what one would write by hand") {
  MailContent mail = content();
  mail.reply_to = Mailbox{"Help, please", "help@shop.example"};
  mail.list_unsubscribe_mailto = "leave@shop.example?subject=leave";
  CHECK(built(mail) ==
        "From: Shop <news@shop.example>\r\n"
        "To: anna@person.example\r\n"
        "Reply-To: \"Help, please\" <help@shop.example>\r\n"
        "Subject: Please confirm\r\n"
        "Date: Mon, 23 Nov 2026 10:15:02 +0100\r\n"
        "Message-ID: <abc.123@shop.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Language: de\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "List-Unsubscribe: <https://shop.example/revoke/token>,\r\n"
        " <mailto:leave@shop.example?subject=leave>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hello\r\n");
}

TEST_CASE("with HTML there are two parts, the text first") {
  MailContent mail = content();
  mail.html = "<p>Grüße</p>";
  const std::string message = built(mail);
  CHECK(fault_of(message, expected_fields(mail)).empty());
  CHECK(body_of(message) ==
        "--b0undaryb0undaryb0undary\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hello\r\n"
        "\r\n"
        "--b0undaryb0undaryb0undary\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>Gr=C3=BC=C3=9Fe</p>\r\n"
        "--b0undaryb0undaryb0undary--\r\n");
}

TEST_CASE("one click is offered for https only") {
  MailContent mail = content();
  mail.list_unsubscribe_url = "http://127.0.0.1:8080/revoke/token";
  CHECK(header_lines(built(mail), "List-Unsubscribe") ==
        "List-Unsubscribe: <http://127.0.0.1:8080/revoke/token>\n");
  CHECK(header_lines(built(mail), "List-Unsubscribe-Post").empty());
  mail.list_unsubscribe_url.clear();
  CHECK(header_lines(built(mail), "List-Unsubscribe").empty());
  mail.list_unsubscribe_mailto = "leave@shop.example";
  CHECK(header_lines(built(mail), "List-Unsubscribe") ==
        "List-Unsubscribe: <mailto:leave@shop.example>\n");
  CHECK(header_lines(built(mail), "List-Unsubscribe-Post").empty());
}

TEST_CASE("names and subjects are encoded only where they must be") {
  struct Row {
    std::string_view name, field;
  };
  for (const Row& row : std::vector<Row>{
           {"Anna Muster", "Anna Muster <news@shop.example>"},
           {"  Anna  ", "Anna <news@shop.example>"},
           {"", "news@shop.example"},
           {"   ", "news@shop.example"},
           {"Dr. Anna, Shop", "\"Dr. Anna, Shop\" <news@shop.example>"},
           {"a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\" <news@shop.example>"},
           {"a@b.example", "\"a@b.example\" <news@shop.example>"},
           {"Zoë", "=?UTF-8?Q?Zo=C3=AB?= <news@shop.example>"},
           {"東京", "=?UTF-8?B?5p2x5Lqs?= <news@shop.example>"},
           {"=?UTF-8?Q?x?=", "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?= <news@shop.example>"},
       }) {
    MailContent mail = content();
    mail.from.name = row.name;
    CAPTURE(row.name);
    CHECK(header_lines(built(mail), "From") == "From: " + std::string(row.field) + "\n");
  }
  MailContent mail = content();
  mail.subject = "Grüße, (Anna)";
  CHECK(header_lines(built(mail), "Subject") == "Subject: =?UTF-8?B?R3LDvMOfZSwgKEFubmEp?=\n");
  mail.subject = "";
  CHECK(header_lines(built(mail), "Subject") == "Subject: \n");
}

TEST_CASE("long subjects are folded at spaces, or encoded when they have none") {
  MailContent mail = content();
  mail.subject = "word";
  while (mail.subject.size() < 400) mail.subject += " another";
  std::string field = header_lines(built(mail), "Subject");
  CHECK(field.find("=?") == std::string::npos);
  for (const auto line : split(field, '\n')) CHECK(line.size() <= 78);
  mail.subject = std::string(300, 'x');
  field = header_lines(built(mail), "Subject");
  CHECK(field.find("=?UTF-8?Q?xxx") != std::string::npos);
  for (const auto line : split(field, '\n')) CHECK(line.size() <= 76);
}

TEST_CASE("encoded words keep to 75 characters and to whole code points") {
  for (std::size_t padding = 0; padding < 12; ++padding) {
    for (const std::string_view letter : {"ä", "東", "😀", "ä ", "e😀"}) {
      MailContent mail = content();
      mail.subject.assign(padding, 'a');
      for (int i = 0; i < 60; ++i) mail.subject += letter;
      const std::string field = header_lines(built(mail), "Subject");
      for (const auto line : split(field, '\n')) {
        CHECK(line.size() <= 76);
        const std::size_t begin = line.find("=?UTF-8?B?");
        if (begin == std::string_view::npos) continue;
        const std::string_view word = line.substr(begin);
        CHECK(word.size() <= 75);
        const auto bytes = from_base64(word.substr(10, word.size() - 12));
        REQUIRE(bytes.has_value());
        CHECK(valid_utf8(as_text(*bytes)));
      }
    }
  }
}

TEST_CASE("what cannot stand in a mail is refused") {
  using Change = void (*)(MailContent&, std::string_view);
  const std::vector<Change> fields{
      [](MailContent& m, std::string_view v) { m.from.address = v; },
      [](MailContent& m, std::string_view v) { m.to.address = v; },
      [](MailContent& m, std::string_view v) {
        m.reply_to = Mailbox{"", std::string(v)};
      },
      [](MailContent& m, std::string_view v) { m.date = v; },
      [](MailContent& m, std::string_view v) { m.message_id = v; },
      [](MailContent& m, std::string_view v) { m.boundary = v; },
      [](MailContent& m, std::string_view v) { m.text = v; },
  };
  for (const Change& change : fields) {
    MailContent mail = content();
    change(mail, "");
    const auto message = build_message(mail);
    REQUIRE_FALSE(message.ok());
    CHECK(message.error().kind == ErrorKind::kInvalid);
  }
  const auto refused_with = [](auto&& change) {
    MailContent mail = content();
    change(mail);
    return !build_message(mail).ok();
  };
  CHECK(refused_with([](MailContent& m) { m.boundary = "short"; }));
  CHECK(refused_with([](MailContent& m) { m.boundary = std::string(61, 'a'); }));
  CHECK(refused_with([](MailContent& m) { m.boundary = "has space inside it"; }));
  CHECK(refused_with([](MailContent& m) { m.message_id = "no-at"; }));
  CHECK(refused_with([](MailContent& m) { m.message_id = "a@b@c"; }));
  CHECK(refused_with([](MailContent& m) { m.message_id = "a@" + std::string(300, 'b'); }));
  CHECK(refused_with([](MailContent& m) { m.language = "d e"; }));
  CHECK(refused_with([](MailContent& m) { m.text = "\xff"; }));
  CHECK(refused_with([](MailContent& m) { m.html = "\xC0\xAE"; }));
  CHECK(refused_with([](MailContent& m) { m.list_unsubscribe_url = "ftp://shop.example/x"; }));
  CHECK(refused_with([](MailContent& m) { m.list_unsubscribe_url = "https://a.example/>,<x"; }));
  CHECK(refused_with([](MailContent& m) { m.list_unsubscribe_url = "https://a.example/ä"; }));
  CHECK(refused_with([](MailContent& m) {
    m.list_unsubscribe_url = "https://a.example/" + std::string(900, 'a');
  }));
  CHECK(refused_with([](MailContent& m) { m.list_unsubscribe_mailto = "nobody"; }));
  CHECK(refused_with([](MailContent& m) {
    m.html = "<p>";
    m.text = "a\n--b0undaryb0undaryb0undary--\nb\n";
  }));
}

TEST_CASE("lines of a body survive whatever carries them") {
  MailContent mail = content();
  mail.text = ".\n..\n.hidden\nFrom here\nFrom\n>From here\nend \nend\t\n \n\n--\n-- \na=b\n";
  CHECK(
      body_of(built(mail)) ==
      "=2E\r\n=2E.\r\n=2Ehidden\r\n=46rom here\r\nFrom\r\n>From here\r\nend=20\r\nend=09\r\n=20\r\n"
      "\r\n--\r\n--=20\r\na=3Db\r\n");
  mail.text = "one\rtwo\r\nthree\n\rfour";
  CHECK(body_of(built(mail)) == "one\r\ntwo\r\nthree\r\n\r\nfour\r\n");
  mail.text = "a\0b\x7f\x01\t."s;
  CHECK(body_of(built(mail)) == "a=00b=7F=01\t.\r\n");
  mail.text =
      std::string(75, 'a') + ".b\n" + std::string(70, 'a') + "\nfoo bar" + std::string(69, ' ');
  CHECK(body_of(built(mail)) == std::string(75, 'a') + "=\r\n=2Eb\r\n" + std::string(70, 'a') +
                                    "\r\nfoo bar" + std::string(68, ' ') + "=\r\n=20\r\n");
}

TEST_CASE("a token stays on one line, whatever stands before it") {
  const std::string token(kTokenLength, '-');
  for (std::size_t before = 0; before < 200; ++before) {
    for (const std::string_view around : {" ", "/", "=", "?t=", "ä", "."}) {
      MailContent mail = content();
      for (std::size_t i = 0; i < before; ++i) mail.text += i % 9 == 0 ? ' ' : 'w';
      mail.text += std::string(around) + token + "#not-me and so on";
      mail.html = "<a href=\"https://a.example/x" + std::string(around) + token + "\">";
      const std::string message = built(mail);
      REQUIRE(fault_of(message, expected_fields(mail)).empty());
      const std::size_t first = message.find(token);
      REQUIRE(first != std::string::npos);
      REQUIRE(message.find(token, first + 1) != std::string::npos);
    }
  }
  // Longer runs cannot be kept, but are not lost either.
  MailContent mail = content();
  mail.text = std::string(76, 'a');
  CHECK(body_of(built(mail)) == std::string(75, 'a') + "=\r\na\r\n");
}

}  // namespace
}  // namespace jawort
