#include "engine/app/demo_mailbox.h"

#include "engine/app/demo_pages.h"
#include "engine/base/text.h"
#include "engine/mail/mail_reader.h"
#include "engine/mail/message.h"
#include "tests/support/catch.h"
#include "tests/support/fakes.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/world.h"

namespace jawort {
namespace {

MailContent naughty_mail() {
  MailContent content;
  content.from = {"Bäckerei \"Sommer\" GmbH", "info@sommer.example"};
  content.to = {"", "anna@example.org"};
  content.subject =
      "Bitte bestätigen: Brötchen & ein ziemlich langer Betreff, der umbrochen wird ✓";
  content.date = "Mon, 23 Nov 2026 10:15:02 +0100";
  content.message_id = "1@sommer.example";
  content.boundary = "boundaryboundary1";
  content.language = "de";
  content.text = "Grüß Gott,\n\n=3D ist kein Gleichheitszeichen.\n.\n--boundary\n" +
                 std::string(200, 'x') + "\nhttps://optin.example.org/confirm/abc=\n";
  content.html = "<html><head></head><body><p title=\"ä\">Grüß Gott &amp; mehr</p></body></html>\n";
  content.list_unsubscribe_url = "https://optin.example.org/revoke/abc";
  return content;
}

TEST_CASE("what the composer writes is read back") {
  const MailContent content = naughty_mail();
  const auto message = build_message(content);
  REQUIRE(message.ok());
  const ReadMail mail = read_mail(*message);
  CHECK(mail.header("subject") == content.subject);
  CHECK(mail.header("To") == "anna@example.org");
  CHECK_THAT(std::string(mail.header("From")), Catch::Matchers::ContainsSubstring("Bäckerei"));
  CHECK(mail.header("Date") == content.date);
  CHECK_THAT(std::string(mail.header("List-Unsubscribe")),
             Catch::Matchers::ContainsSubstring("<https://optin.example.org/revoke/abc>"));
  CHECK(mail.header("X-Nothing").empty());
  CHECK(trim_ascii_space(mail.text) == trim_ascii_space(content.text));
  CHECK(trim_ascii_space(mail.html) == trim_ascii_space(content.html));
}

TEST_CASE("a mail of one part") {
  MailContent content = naughty_mail();
  content.html.clear();
  const ReadMail mail = read_mail(*build_message(content));
  CHECK(trim_ascii_space(mail.text) == trim_ascii_space(content.text));
  CHECK(mail.html.empty());
}

TEST_CASE("quoted-printable and encoded words") {
  CHECK(decode_quoted_printable("a=\r\nb=\nc=C3=A4=3d=") == "abcä==");
  CHECK(decode_quoted_printable("100 =ZZ") == "100 =ZZ");
  CHECK(decode_encoded_words("plain text") == "plain text");
  CHECK(decode_encoded_words("=?UTF-8?Q?a_b=C3=A4?= =?utf-8?b?w7Y=?= x") == "a bäö x");
  CHECK(decode_encoded_words("=?ISO-8859-1?Q?=E4=DFx?=") == "äßx");
  CHECK(decode_encoded_words("=?KOI8-R?Q?=E4?=") == "=?KOI8-R?Q?=E4?=");
  CHECK(decode_encoded_words("=?utf-8?Q?") == "=?utf-8?Q?");
  CHECK(decode_encoded_words("=?utf-8?X?a?= b") == "=?utf-8?X?a?= b");
}

TEST_CASE("broken mails are shown as they stand") {
  CHECK(read_mail("").headers.empty());
  CHECK(read_mail("\r\n\r\nbody").text == "\nbody");
  CHECK(read_mail("Content-Type: multipart/alternative\r\n\r\n--x\r\n\r\na").text.empty());
  std::string nested = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 1000; ++i) nested += "--b\nContent-Type: multipart/mixed; boundary=b\n\n";
  CHECK(read_mail(nested).text.empty());
}

struct Mailbox1 {
  testing::TemporaryFolder folder;
  testing::VirtualClock clock{from_millis(1'795'457'815'153)};
  DemoMailbox mailbox{folder.file("mailbox"), clock};
};

TEST_CASE("mails are filed, listed newest first, and read") {
  Mailbox1 box;
  CHECK(box.mailbox.list(10).empty());
  const auto transport = make_mailbox_transport(box.mailbox);
  for (const char* const body : {"one", "two", "three"}) {
    const Delivery delivery =
        transport->send({"info@sommer.example", "anna@example.org"},
                        "Subject: " + std::string(body) + "\r\n\r\nx\r\n", [] { return true; });
    CHECK(delivery.verdict == Verdict::kAccepted);
    CHECK(delivery.code == 250);
    box.clock.advance(milliseconds(1));
  }
  const auto names = box.mailbox.list(10);
  REQUIRE(names.size() == 3);
  CHECK(box.mailbox.list(1) == std::vector<std::string>{names[0]});
  const auto newest = box.mailbox.read(names[0]);
  REQUIRE(newest.ok());
  CHECK(
      newest->starts_with("Return-Path: <info@sommer.example>\r\nDelivered-To: anna@example.org\r\n"
                          "Subject: three\r\n"));
}

TEST_CASE("a mail that is withheld is not filed") {
  Mailbox1 box;
  const auto transport = make_mailbox_transport(box.mailbox);
  const Delivery delivery =
      transport->send({"a@b.example", "c@d.example"}, "x", [] { return false; });
  CHECK(delivery.verdict == Verdict::kWithheld);
  CHECK(box.mailbox.list(10).empty());
}

TEST_CASE("a mailbox that cannot be written defers") {
  const testing::VirtualClock clock{from_millis(0)};
  DemoMailbox mailbox("/nonexistent/folder/mailbox", clock);
  const auto transport = make_mailbox_transport(mailbox);
  CHECK(transport->send({"a@b.example", "c@d.example"}, "x", [] { return true; }).verdict ==
        Verdict::kDeferred);
}

TEST_CASE("only mails of the mailbox can be read") {
  Mailbox1 box;
  for (const char* const name : {"", "../keys/token-1", "x", "1/2", "..", "1795457815153-0000"}) {
    CHECK_FALSE(box.mailbox.read(name).ok());
  }
}

TEST_CASE("web addresses in a text become links, everything else is escaped") {
  CHECK(html_with_links("a <b> & \"c\"") == "a &lt;b&gt; &amp; &quot;c&quot;");
  CHECK(html_with_links("see https://a.example/x?y=1&z. Or") ==
        "see <a href=\"https://a.example/x?y=1&amp;z\">https://a.example/x?y=1&amp;z</a>. Or");
  CHECK(html_with_links("(http://a.example)<") ==
        "(<a href=\"http://a.example\">http://a.example</a>)&lt;");
  CHECK(html_with_links("javascript:alert(1)") == "javascript:alert(1)");
}

struct DemoSite {
  testing::World world;
  Mailbox1 box;
  HttpHandler handler =
      demo_routes(world.context(), box.mailbox, "jawort --config x.toml", [](const HttpRequest&) {
        HttpResponse response;
        response.status = 418;
        return response;
      });

  HttpResponse get(const std::string& path, const std::string& language = "en",
                   const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.headers = {{"accept-language", language}};
    return handler(request);
  }
};

TEST_CASE("the demo's pages lie over the product's") {
  DemoSite site;
  CHECK(site.get("/forms/newsletter").status == 418);
  CHECK(site.get("/demolition").status == 418);
  CHECK(site.get("/demo/nothing").status == 404);
  CHECK(site.get("/demo/mailbox/../../etc/passwd").status == 404);
  CHECK(site.get("/demo", "en", "POST").status == 405);
  const HttpResponse start = site.get("/demo");
  CHECK(start.status == 200);
  CHECK_THAT(start.body, Catch::Matchers::ContainsSubstring("href=\"/forms/newsletter\""));
  CHECK_THAT(start.body, Catch::Matchers::ContainsSubstring("jawort --config x.toml contact show"));
  CHECK_THAT(site.get("/demo", "de-DE,de;q=0.9").body,
             Catch::Matchers::ContainsSubstring("lang=\"de\""));
}

TEST_CASE("the demo's mailbox shows a mail with its links and says that it is the exception") {
  DemoSite site;
  const auto transport = make_mailbox_transport(site.box.mailbox);
  MailContent content = naughty_mail();
  content.subject = "<script>alert(1)</script>";
  REQUIRE(transport
              ->send({"info@sommer.example", "anna@example.org"}, *build_message(content),
                     [] { return true; })
              .verdict == Verdict::kAccepted);
  const std::string name = site.box.mailbox.list(1).front();
  const std::string list = site.get("/demo/mailbox").body;
  CHECK_THAT(list, Catch::Matchers::ContainsSubstring("/demo/mailbox/" + name));
  CHECK_THAT(list, Catch::Matchers::ContainsSubstring("&lt;script&gt;"));
  CHECK_THAT(list, !Catch::Matchers::ContainsSubstring("<script>"));
  const HttpResponse page = site.get("/demo/mailbox/" + name);
  CHECK(page.status == 200);
  CHECK_THAT(page.body, Catch::Matchers::ContainsSubstring("No other page, no command and no log"));
  CHECK_THAT(page.body, Catch::Matchers::ContainsSubstring(
                            "<a href=\"https://optin.example.org/confirm/abc=\""));
  CHECK_THAT(page.body, Catch::Matchers::ContainsSubstring(
                            "<a href=\"https://optin.example.org/revoke/abc\""));
  CHECK_THAT(page.body, Catch::Matchers::ContainsSubstring("sandbox=\"allow-popups"));
  CHECK_THAT(page.body, !Catch::Matchers::ContainsSubstring("<script>"));
}

TEST_CASE("the demo's contacts show stamps and escape what strangers typed") {
  DemoSite site;
  CHECK_THAT(site.get("/demo/contacts").body, Catch::Matchers::ContainsSubstring("Sign up first"));
  FormPost post = site.world.post("anna@example.org");
  post.fields["first_name"] = "<b>Anna</b>";
  site.world.accept(post);
  site.world.deliver();
  site.world.confirm(site.world.confirm_token("anna@example.org"));
  const std::string body = site.get("/demo/contacts").body;
  CHECK_THAT(body, Catch::Matchers::ContainsSubstring("anna@example.org"));
  CHECK_THAT(body, Catch::Matchers::ContainsSubstring("newsletter: confirmed"));
  CHECK_THAT(body, Catch::Matchers::ContainsSubstring("2026-11-23 10:15:02 CET"));
  CHECK_THAT(body, Catch::Matchers::ContainsSubstring("&lt;b&gt;Anna"));
  CHECK_THAT(body, !Catch::Matchers::ContainsSubstring("<b>Anna"));
  CHECK_THAT(body, !Catch::Matchers::ContainsSubstring("/confirm/"));
}

}  // namespace
}  // namespace jawort
