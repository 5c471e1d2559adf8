#include <thread>

#include "engine/base/text.h"
#include "tests/support/catch.h"
#include "tests/unit/templates/views.h"

namespace jawort {
namespace {

using namespace testing;

const Templates& built_in() {
  static const std::unique_ptr<Templates> templates = Templates::load("").value();
  return *templates;
}

RenderedMail confirmation(std::string_view language, const View& view) {
  auto mail = built_in().mail("confirmation", language, view);
  REQUIRE(mail.ok());
  return std::move(mail).value();
}

View bakery() {
  View view, purpose;
  purpose.set("label", "Newsletter").set("wording", "Ja, ich möchte den Newsletter.");
  view.set("controller.name", "Bäckerei Sommer GmbH").set("controller.address", "Marktplatz 1");
  view.set("controller.imprint_url", "https://s.example/impressum");
  view.set("controller.privacy_url", "https://s.example/datenschutz");
  view.set("controller.officer_name", "Dr. Erika Beispiel");
  view.set("controller.officer_email", "d@s.example");
  view.set("contact.email", "anna@example.org").set("form.title", "Newsletter bestellen");
  view.set("purposes", std::vector<View>{purpose}).set("purpose.wording", "Ja, …");
  view.set("opt_in.date", "2026-11-23").set("opt_in.time", "10:15:02").set("opt_in.zone", "CET");
  view.set("opt_in.page", "https://s.example").set("confirm.url", "https://o.example/confirm/T");
  view.set("confirm.valid_until", "2026-11-30 10:15 CET");
  view.set("deny.url", "https://o.example/confirm/T?deny=1#not-me");
  return view;
}

// The whole text, so that every change of what a court may read is a change of this test.
TEST_CASE("confirmation mail: the German text", "[templates]") {
  const RenderedMail mail = confirmation("de", bakery());
  CHECK(mail.subject == "Bitte bestätigen Sie Ihre Anmeldung – Bäckerei Sommer GmbH");
  CHECK(mail.text == R"(Guten Tag,

für die E-Mail-Adresse anna@example.org
wurde eine Anmeldung eingetragen. Sie gilt erst, wenn Sie zustimmen.

Wann: 2026-11-23, 10:15:02 Uhr (CET)
Formular: Newsletter bestellen
Seite: https://s.example

Wortlaut der Einwilligung:

„Ja, ich möchte den Newsletter.“

Wenn Sie das möchten, bestätigen Sie bitte auf dieser Seite:

https://o.example/confirm/T

Der Link gilt bis 2026-11-30 10:15 CET.

Wenn Sie nichts tun, gilt die Anmeldung nicht, und die dazu
eingetragenen Angaben werden gelöscht.

Sie haben sich nicht angemeldet? Dann löschen wir diese Anmeldung
gleich, wenn Sie hier „Das war ich nicht“ wählen:

https://o.example/confirm/T?deny=1#not-me

Bäckerei Sommer GmbH
Marktplatz 1
Impressum: https://s.example/impressum
Datenschutz: https://s.example/datenschutz
Datenschutzbeauftragte Person: Dr. Erika Beispiel, d@s.example
)");
}

TEST_CASE("confirmation mail: the English text, as little as there can be", "[templates]") {
  View view;
  view.set("contact.email", "anna@example.org").set("form.title", "Newsletter");
  view.set("controller.name", "Bakery").set("controller.address", "Market 1");
  view.set("purpose.wording", "Yes, please.").set("confirm.url", "https://o.example/confirm/T");
  view.set("opt_in.date", "2026-11-23").set("opt_in.time", "10:15:02").set("opt_in.zone", "CET");
  view.set("opt_in.page", "").set("confirm.valid_until", "2026-11-30 10:15 CET");
  const RenderedMail mail = confirmation("en", view);
  CHECK(mail.subject == "Please confirm your sign-up – Bakery");
  CHECK(mail.text == R"(Hello,

somebody signed up with the e-mail address anna@example.org.
The sign-up counts only once you agree.

When: 2026-11-23, 10:15:02 (CET)
Form: Newsletter

Wording of the consent:

“Yes, please.”

If this is what you want, please confirm on this page:

https://o.example/confirm/T

The link is valid until 2026-11-30 10:15 CET.

If you do nothing, the sign-up does not count, and what was entered
with it will be deleted.

Bakery
Market 1
)");
}

TEST_CASE("confirmation mail: both parts say the same", "[templates]") {
  for (const char* language : {"de", "en"}) {
    const RenderedMail mail = confirmation(language, bakery());
    for (const char* fact :
         {"anna@example.org", "2026-11-23", "10:15:02", "CET", "Newsletter bestellen",
          "https://s.example", "Ja, ich möchte den Newsletter.", "https://o.example/confirm/T",
          "https://o.example/confirm/T?deny=1#not-me", "2026-11-30 10:15 CET",
          "Bäckerei Sommer GmbH", "Marktplatz 1", "https://s.example/impressum",
          "https://s.example/datenschutz", "Dr. Erika Beispiel", "d@s.example"}) {
      CAPTURE(language, fact);
      CHECK(holds(mail.text, fact));
      CHECK(holds(mail.html, fact));
    }
    CHECK(holds(mail.html, "<a href=\"https://o.example/confirm/T\">https://o.example/confirm/T<"));
    CHECK(count_of(mail.html, "<a ") == 2);  // to confirm, to deny, nothing else
  }
}

// LG Stendal 22 S 87/20, KG 5 U 35/20: nothing that could pass for advertising.
TEST_CASE("confirmation mail: no advertising, nothing remote", "[templates]") {
  for (const char* language : {"de", "en"}) {
    const RenderedMail mail = confirmation(language, bakery());
    const std::string all = ascii_lower(mail.subject + mail.text + mail.html);
    for (const char* banned :
         {"<img",    "src=",       "url(",       "background", "@import", "<link",
          "<script", "cid:",       "willkommen", "welcome",    "frage",   "question",
          "kontakt", "contact us", "angebot",    "offer",      "freuen",  "look forward",
          "logo",    "utm_",       "facebook",   "instagram",  "jetzt",   "!"}) {
      CAPTURE(language, banned);
      const std::size_t doctype = std::string_view(banned) == "!" ? 1 : 0;
      CHECK(count_of(all, banned) == doctype);
    }
  }
}

TEST_CASE("confirmation mail: what is static stays within 72 columns", "[templates]") {
  for (const char* language : {"de", "en"}) {
    const std::string text = confirmation(language, full_mail("x")).text;
    for (const std::string_view line : split(text, '\n')) {
      CAPTURE(line);
      CHECK(utf8_length(line) <= 72);
    }
  }
}

TEST_CASE("mails: hostile values are escaped in HTML and verbatim in text", "[templates]") {
  const std::string hostile = "\"'><script>{{confirm.url}}&amp; ";
  const RenderedMail mail = confirmation("de", full_mail(hostile));
  CHECK(holds(mail.text, hostile));
  CHECK_FALSE(holds(mail.text, "&quot;"));
  CHECK(holds(mail.subject, "\"'><script>{{confirm.url}}&amp;"));
  CHECK_FALSE(holds(mail.html, "<script"));
  CHECK_FALSE(holds(mail.html, "{{"));
  CHECK(holds(mail.html, "&quot;&#39;&gt;&lt;script&gt;&#123;&#123;confirm.url}}&amp;amp;"));
}

TEST_CASE("mails: a subject is one line", "[templates]") {
  View view = full_mail("x");
  view.set("controller.name",
           "A\r\nBcc: b@example.org\n\tC\x01\u0085"
           "D\u2028"
           "E  ");
  const std::string subject = confirmation("de", view).subject;
  CHECK(subject == "Bitte bestätigen Sie Ihre Anmeldung – A Bcc: b@example.org C D E");
}

TEST_CASE("mails: which there are", "[templates]") {
  CHECK(built_in().has_mail("confirmation", "de"));
  CHECK(built_in().has_mail("confirmation", "en"));
  CHECK_FALSE(built_in().has_mail("confirmation", "fr"));
  CHECK_FALSE(built_in().has_mail("_controller", "de"));
  CHECK_FALSE(built_in().has_mail("", ""));
  const auto mail = built_in().mail("hello", "de", View());
  REQUIRE_FALSE(mail.ok());
  CHECK(mail.error().kind == ErrorKind::kNotFound);
  CHECK(built_in().contact_fields("confirmation", "de").empty());
  CHECK(built_in().mail_version("hello", "de") == Hash256{});
  CHECK(built_in().mail_version("confirmation", "de") != Hash256{});
  CHECK(built_in().mail_version("confirmation", "de") !=
        built_in().mail_version("confirmation", "en"));
}

TEST_CASE("mails: one without its link is an error, not a mail with a gap", "[templates]") {
  View view = full_mail("x");
  view.set("confirm.url", "");
  const auto mail = built_in().mail("confirmation", "de", view);
  REQUIRE_FALSE(mail.ok());
  CHECK(mail.error().kind == ErrorKind::kConfiguration);
  CHECK(mail.error().message ==
        "mail template confirmation.de uses {{confirm.url}}, which this mail does not have");
}

TEST_CASE("templates: threads may render at once", "[templates]") {
  const View mail_view = full_mail("ä & b"), page_view = full_page("c < d");
  const std::string html = *built_in().page("form", "de", page_view);
  const RenderedMail mail = confirmation("en", mail_view);
  std::vector<int> different(8, 0);
  std::vector<std::thread> threads;
  for (int& count : different) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        const auto again = built_in().mail("confirmation", "en", mail_view);
        const bool same = again.ok() && again->text == mail.text && again->html == mail.html &&
                          again->subject == mail.subject;
        if (!same || *built_in().page("form", "de", page_view) != html) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(different == std::vector<int>(8, 0));
}

}  // namespace
}  // namespace jawort
