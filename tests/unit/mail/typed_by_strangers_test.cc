// Mails whose names, subjects and texts are what strangers type into forms.
#include <fstream>
#include <random>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/mail/message.h"
#include "tests/support/catch.h"
#include "tests/support/smtp/scripted_server.h"
#include "tests/unit/mail/mail_shape.h"
#include "tests/unit/mail/naughty_mails.h"

namespace jawort {
namespace {

using namespace std::string_literals;
using testing::built;
using testing::content;
using testing::expected_fields;
using testing::fault_of;
using testing::random_mail;

void check_read_the_same(int mails) {
  const testing::TemporaryFolder folder;
  std::ofstream cases(folder.file("cases"), std::ios::binary);
  std::mt19937 random(20261123);
  cases << mails << "\n";
  for (int i = 0; i < mails; ++i) {
    const MailContent mail = random_mail(random);
    const std::string message = built(mail);
    REQUIRE(fault_of(message, expected_fields(mail)) == "");
    const std::vector<std::string_view> pieces{message,      mail.subject, mail.from.name,
                                               mail.to.name, mail.text,    mail.html};
    for (const auto piece : pieces) cases << piece.size() << ' ';
    cases << "\n";
    for (const auto piece : pieces) cases << piece;
  }
  cases.close();
  const auto script = testing::repository_root() / "tests/unit/mail/read_mails.py";
  testing::ChildProgram reader({"/bin/sh", "-c", "exec /usr/bin/python3 -B \"$0\" <\"$1\"",
                                script.string(), folder.file("cases")});
  std::string verdict = reader.read_line();
  while (verdict.starts_with("case ")) {
    UNSCOPED_INFO(verdict);
    verdict = reader.read_line();
  }
  CHECK(verdict == "read " + std::to_string(mails));
}

TEST_CASE("mails of naughty words read the same in another parser") { check_read_the_same(150); }

TEST_CASE("2,000 of them do", "[long]") { check_read_the_same(2000); }

struct Payload {
  std::string bytes;
  bool refused_in_headers;
};

const std::vector<Payload>& payloads() {
  static const std::vector<Payload> list{{"\r", true},
                                         {"\n", true},
                                         {"\r\n", true},
                                         {"\r\nBcc: x@y.example", true},
                                         {"\nBcc: x@y.example\n\nbody", true},
                                         {"\r\n\r\n--b0undaryb0undaryb0undary\r\n", true},
                                         {"%0d%0aBcc: x@y.example", false},
                                         {"\xE2\x80\xA8"
                                          "Bcc: x@y.example",
                                          true},
                                         {"\xE2\x80\xA9", true},
                                         {"\xC2\x85"
                                          "Bcc: x@y.example",
                                          true},
                                         {"\0"s, true},
                                         {"\xC0\x8A"
                                          "Bcc: x",
                                          true},
                                         {"\xC0\x8D\xC0\x8A", true},
                                         {"\xE0\x80\x8A", true},
                                         {"\xff", true},
                                         {"\n.\n", true},
                                         {"\r\n.\r\n", true},
                                         {"\r.\r", true},
                                         {"\r\n.\r\nMAIL FROM:<x@y.example>\r\n", true},
                                         {"\v", true},
                                         {"\f", true},
                                         {"\x1b[2J", true},
                                         {"\x7f", true},
                                         {"\t", true},
                                         {"\xE2\x80\xAE", true},
                                         {"\\r\\nBcc: x@y.example", false},
                                         {"=0D=0ABcc: x@y.example", false},
                                         {"=?UTF-8?Q?=0D=0ABcc:_x@y.example?=", false},
                                         {"=?UTF-8?B?DQpCY2M6IHg=?=", false},
                                         {"&#13;&#10;", false},
                                         {"\"\\", false},
                                         {"\" <x@y.example>, \"", false},
                                         {"\xE5\x98\x8A\xE5\x98\x8D", false}};
  return list;
}

TEST_CASE("nothing that is typed adds a header, a part or a line of SMTP") {
  using Change = void (*)(MailContent&, const std::string&);
  struct Field {
    Change set;
    bool header;
  };
  const std::vector<Field> fields{
      {[](MailContent& m, const std::string& v) { m.from.name = v; }, true},
      {[](MailContent& m, const std::string& v) { m.to.name = v; }, true},
      {[](MailContent& m, const std::string& v) {
         m.reply_to = Mailbox{v, "a@b.example"};
       },
       true},
      {[](MailContent& m, const std::string& v) { m.subject = v; }, true},
      {[](MailContent& m, const std::string& v) { m.text = v; }, false},
      {[](MailContent& m, const std::string& v) { m.html = v; }, false},
      {[](MailContent& m, const std::string& v) { m.from.address = v + "@b.example"; }, true},
      {[](MailContent& m, const std::string& v) { m.to.address = "a@" + v + "b.example"; }, true},
      {[](MailContent& m, const std::string& v) { m.date = v; }, true},
      {[](MailContent& m, const std::string& v) { m.message_id = v + "@b"; }, true},
      {[](MailContent& m, const std::string& v) { m.boundary += v; }, true},
      {[](MailContent& m, const std::string& v) { m.language = v; }, true},
      {[](MailContent& m, const std::string& v) { m.list_unsubscribe_url += v; }, true},
      {[](MailContent& m, const std::string& v) { m.list_unsubscribe_mailto = "a@b.example?" + v; },
       true},
  };
  const std::vector<std::string> lead{
      "",     "a",  "Anna M. ", "ä", "😀 ", std::string(60, 'b'), std::string(74, 'c'),
      "a \"", "..", "x\n"};
  const std::vector<std::string> tail{"", "z", " end", "ü", "\"", "."};
  int tried = 0;
  for (const Payload& payload : payloads()) {
    for (const std::string& before : lead) {
      for (const std::string& after : tail) {
        for (const Field& field : fields) {
          if (field.header && before == "x\n") continue;
          MailContent mail = content();
          mail.html = "<p>html</p>";
          field.set(mail, before + payload.bytes + after);
          if (mail.html.empty()) continue;
          const auto message = build_message(mail);
          ++tried;
          if (field.header && payload.refused_in_headers && message.ok()) {
            // A space, and only that, may be dropped from around a name.
            FAIL("a control character was let into a header field: "
                 << to_hex(as_bytes(payload.bytes)));
          }
          if (!message.ok()) continue;
          const std::string fault = fault_of(*message, expected_fields(mail));
          if (!fault.empty())
            FAIL(fault << ": " << to_hex(as_bytes(before + payload.bytes + after)));
        }
      }
    }
  }
  CHECK(tried >= 20000);
}

}  // namespace
}  // namespace jawort
