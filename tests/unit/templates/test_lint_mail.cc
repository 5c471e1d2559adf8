#include <algorithm>

#include "templates/html_view.h"
#include "templates/lint_mail.h"
#include "templates/renderer.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

// "rule" for an error, "rule?" for a warning, in order.
std::vector<std::string> rules_of(const Findings& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings) {
    rules.push_back(finding.rule + (finding.severity == Severity::kError ? "" : "?"));
  }
  return rules;
}

Findings lint(const std::string& part, const std::string& source,
              const std::string& language = "de", const std::string& mail = "confirmation",
              MailRole role = MailRole::kByName) {
  const TemplateFiles files{
      {"mail/" + mail + "." + language + "." + part + ".mustache", {source, "own.mustache"}}};
  const auto expanded = expand_partials(files, files.begin()->first);
  REQUIRE(expanded.ok());
  return lint_mail_part({mail, language, part, *expanded, role});
}

using Rules = std::vector<std::string>;

// With what every part needs, so that only what is added is found.
Rules in_text(const std::string& more, const std::string& language = "de") {
  return rules_of(lint("text", "{{confirm.url}}\n{{deny.url}}\n" + more + "\n", language));
}
Rules in_html(const std::string& more, const std::string& language = "de") {
  return rules_of(lint("html",
                       "<p><a href=\"{{confirm.url}}\">{{confirm.url}}</a></p>\n"
                       "<p><a href='{{ deny.url }}'>nein</a></p>\n" +
                           more + "\n",
                       language));
}

TEST_CASE("lint: the built-in mails are lawful") {
  const auto templates = Templates::load("");
  REQUIRE(templates.ok());
  int seen = 0;
  for (const MailTemplate& mail : (*templates)->mails()) {
    ++seen;
    CHECK(mail.has_html);
    const bool step = mail.name == "welcome" || mail.name == "recipes";
    const MailRole role = step                     ? MailRole::kStep
                          : mail.name == "revoked" ? MailRole::kRevocationNotice
                                                   : MailRole::kByName;
    for (const Finding& finding : (*templates)->lint_mail_as(role, mail.name, mail.language)) {
      FAIL_CHECK(finding.text);
    }
  }
  CHECK(seen >= 6);
  CHECK((*templates)->lint_mail("nothing", "de").empty());
}

TEST_CASE("lint: a step's mail says who, why, and how to leave; else it is free") {
  const auto step = [](const std::string& part, const std::string& source) {
    return rules_of(lint(part, source, "de", "welcome", MailRole::kStep));
  };
  const std::string foot =
      "{{controller.name}} {{confirm.date}} {{revoke.url}} {{preferences.url}}";
  CHECK(step("text", foot).empty());
  CHECK(step("text", "Willkommen, 10 % Rabatt, https://www.example.org\n" + foot).empty());
  CHECK(step("html", "<img src='https://x.example/y.png'>" + foot).empty());
  CHECK(step("subject", "Willkommen").empty());
  CHECK(step("text", "Hallo").size() == 4);
  for (const std::string one :
       {"{{controller.name}}", "{{confirm.date}}", "{{revoke.url}}", "{{preferences.url}}"}) {
    std::string without = foot;
    without.replace(without.find(one), one.size(), "");
    INFO(one);
    CHECK(step("text", without) == Rules{"footer"});
  }
}

TEST_CASE("lint: the notice of a revocation is as sober as what asks") {
  const auto notice = [](const std::string& text) {
    return rules_of(lint("text", text, "de", "revoked", MailRole::kRevocationNotice));
  };
  CHECK(notice("Der Widerruf ist eingetragen. {{controller.name}}").empty());
  CHECK(notice("Schade. Kommen Sie wieder: 10 % Rabatt") == Rules{"advertising", "advertising"});
  CHECK(notice("https://www.example.org/zurueck") == Rules{"link"});
  CHECK(notice("Noch Fragen?") == Rules{"contact"});
}

TEST_CASE("lint: nothing more, nothing found") {
  CHECK(in_text("").empty());
  CHECK(in_html("").empty());
  CHECK(in_text("{{controller.name}}, {{controller.imprint_url}}, {{controller.privacy_url}}.\n"
                "{{controller.officer_email}} „{{purpose.wording}}“ {{opt_in.page}}")
            .empty());
  CHECK(
      in_html("<a href=\"{{controller.imprint_url}}\">Impressum</a> <a href=\"#x\">x</a>").empty());
}

TEST_CASE("lint: images, logos and pixels") {
  for (const char* const image :
       {"<img src=\"https://x.example/logo.png\">", "<IMG SRC='cid:logo'>", "<svg></svg>",
        "<img alt=\"\" src=\"data:image/png;base64,AAAA\">", "<video></video>",
        "<input type=\"image\">", "<!--[if mso]><v:fill src=\"x\"/><![endif]-->",
        "<!--[if !mso]><!--><img src=x><!--<![endif]-->"}) {
    CAPTURE(image);
    CHECK(in_html(image) == Rules{"image"});
  }
  CHECK(in_html("<img src=\"https://x.example/o\" width=\"1\" height=1>") == Rules{"tracking"});
  CHECK(in_html("<!-- <img src=x> -->").empty());
  CHECK(in_html("<img alt=\"Unser Logo\" src=x>") == Rules{"advertising?", "image"});
}

TEST_CASE("lint: what would be loaded from elsewhere") {
  for (const char* const remote :
       {"<link rel=\"stylesheet\" href=\"https://x.example/a.css\">", "<script>x()</script>",
        "<style>@import 'x';</style>", "<style>p{background:u\nrl( https://x.example/a )}</style>",
        "<p style=\"background:&#117;rl(x)\">x</p>", "<td background=\"x.png\">x</td>",
        "<p onclick=\"x()\">x</p>", "<base href=\"https://x.example/\">",
        "<p style=\"background:u\\72l(//x.example/a)\">x</p>",
        "<style>p{background:\\75rl(x)}</style>", "<style>@\\69mport 'x';</style>",
        "<p style=\"background:u&#92;72l(x)\">x</p>",
        "<meta http-equiv=\"Refresh\" content=\"0;url=x\">", "<form action=\"x\">"}) {
    CAPTURE(remote);
    CHECK(in_html(remote) == Rules{"remote"});
  }
  CHECK(in_html("<style>p{color:#111}</style><p style=\"margin:0\">x</p>").empty());
}

TEST_CASE("lint: tracking") {
  CHECK(in_text("https://sommer.example/?utm_source=optin") == Rules{"tracking"});
  CHECK(in_html("<a href=\"https://sommer.example/a?x=1&amp;utm_medium=mail\">Brot</a>") ==
        Rules{"tracking"});
  CHECK(in_html("<a ping=\"/x\" href=\"#a\">Brot</a>") == Rules{"tracking"});
  CHECK(in_text("{{confirm.url}}?utm_source=mail") == Rules{"tracking"});
  CHECK(in_text("{{confirm.url}}&c=1") == Rules{"tracking"});
  CHECK(in_text("{{confirm.url}}{{#opt_in.page}}?a=1{{/opt_in.page}}") == Rules{"tracking"});
  CHECK(in_text("{{confirm.url}}.x") == Rules{"tracking"});
  CHECK(in_text("{{confirm.url}}~a") == Rules{"tracking"});
  CHECK(in_text("{{confirm.url}}, {{confirm.url}}. ({{deny.url}}) „{{deny.url}}“").empty());
  CHECK(in_text("({{deny.url}}). <{{deny.url}}>").empty());
  CHECK(in_html("<b>{{confirm.url}}</b>.").empty());
}

TEST_CASE("lint: links beyond the four") {
  CHECK(in_text("https://sommer.example/") == Rules{"link"});
  CHECK(in_text("www.sommer.example") == Rules{"link"});
  CHECK(in_text("Mehr auf mueller-brot.de.") == Rules{"link"});
  CHECK(in_text("Mehr auf bäckerei.de/neu") == Rules{"link"});
  CHECK(in_text("Guten Tag.Sie sind es, am 1.2.2026, v1.de-AT, z.B. so.").empty());
  CHECK(in_text("HTTP://SOMMER.EXAMPLE") == Rules{"link"});
  CHECK(in_html("<a href=\"https://sommer.example/\">Brot</a>") == Rules{"link"});
  CHECK(in_html("<a href=\"h&#116;tps://sommer.example/\">Brot</a>") == Rules{"link"});
  CHECK(in_html("<area href=\"//sommer.example/\">") == Rules{"link"});
  CHECK(in_html("<a href=\"{{confirm.url}}@x.example/\">ja</a>") == Rules{"link"});
  CHECK(in_text("{{confirm.url}}@x.example/") == Rules{"link"});
  for (const char* const variable :
       {"{{controller.website}}", "{{revoke.url}}", "{{preferences.url}}"}) {
    CAPTURE(variable);
    CHECK(in_text(variable) == Rules{"link"});
    CHECK(in_html("<a href=\"" + std::string(variable) + "\">x</a>") == Rules{"link"});
  }
}

TEST_CASE("lint: advertising, in words that a reader sees") {
  CHECK(in_text("Herzlich willkommen!") == Rules{"advertising"});
  CHECK(in_html("<p>Herzlich Will<b>kommen</b>!</p>") == Rules{"advertising"});
  CHECK(in_html("<p>Sommer&shy;r&#97;batte</p>") == Rules{"advertising"});
  CHECK(in_html("<title>Ihr Gutschein</title>") == Rules{"advertising"});
  CHECK(in_html("<p title=\"Ihr Gutschein\">x</p>") == Rules{"advertising"});
  CHECK(in_text("Unsere Neuigkeiten") == Rules{"advertising?"});
  CHECK(in_text("Welcome to our family", "en") == Rules{"advertising"});
  CHECK(rules_of(lint("subject", "Willkommen bei {{controller.name}}")) == Rules{"advertising"});
  CHECK(rules_of(lint("subject", "Bitte bestätigen – {{controller.name}}")).empty());
  for (const char* const offer :
       {"Heute 20% auf alles", "Heute 20 % auf alles", "Brot um 3 €", "Brot um 3,50\u00A0€",
        "Brot um EUR 3", "Brot um 3 Euro", "20 Prozent", "R A B A T T", "Jetzt probieren",
        "Neues entdecken"}) {
    CAPTURE(offer);
    CHECK(in_text(offer) == Rules{"advertising"});
  }
  CHECK(in_html("<p>3&nbsp;&euro;</p>") == Rules{"advertising"});
  CHECK(in_text("Euro 2026, Europa, z. B. u. a. m., 100 Eurythmie").size() == 1);
  CHECK(in_text("Zu 100 Punkten, z. B. im Europa-Park, 5 Eurasier").empty());
  CHECK(rules_of(lint("subject", "Nur heute 20 %")) == Rules{"advertising", "advertising"});
  // Nobody sees these.
  CHECK(in_html("<!-- Willkommen --><p class=\"gutschein\">x</p><style>.rabatt{}</style>").empty());
}

TEST_CASE("lint: offers to get in touch") {
  CHECK(in_text("Haben Sie Fragen?") == Rules{"contact"});
  CHECK(in_text("Any questions?", "en") == Rules{"contact"});
  CHECK(in_text("info@sommer.example") == Rules{"contact"});
  CHECK(in_html("<a href=\"mailto:info\">x</a>") == Rules{"contact"});
  CHECK(in_html("<a href=\" TEL:+4970\">x</a>") == Rules{"contact"});
  CHECK(in_text("{{controller.email}}") == Rules{"contact?"});
  CHECK(in_text("{{contact.email}} @ home").empty());
}

TEST_CASE("lint: who did not sign up is told what to do; who did can confirm") {
  CHECK(rules_of(lint("text", "{{confirm.url}}")) == Rules{"not_you"});
  CHECK(rules_of(lint("html", "{{confirm.url}}")) == Rules{"not_you"});
  CHECK(rules_of(lint("text",
                      "{{confirm.url}} Sie haben sich nicht angemeldet? Dann tun Sie "
                      "nichts."))
            .empty());
  CHECK(
      rules_of(lint("text", "{{confirm.url}} If you did not sign up, do nothing.", "en")).empty());
  CHECK(rules_of(lint("text", "{{confirm.url}}{{#deny.url}}{{deny.url}}{{/deny.url}}")).empty());
  CHECK(rules_of(lint("text", "{{deny.url}}")) == Rules{"confirm"});
  CHECK(rules_of(lint("text", "{{#confirm.url}}x{{/confirm.url}}{{deny.url}}")) ==
        Rules{"confirm"});
  CHECK(in_text("Bienvenue !", "fr") == Rules{"advertising?"});
}

TEST_CASE("lint: mails to those who are signed up hold no advertising either") {
  const auto again = [](const std::string& source) {
    return rules_of(lint("html", source, "de", "already_subscribed"));
  };
  const std::string asks =
      "{{#confirm.url}}{{#purposes}}{{wording}}{{/purposes}} {{confirm.url}}{{/confirm.url}} "
      "{{revoke.url}} {{preferences.url}} ";
  CHECK(again(asks).empty());
  CHECK(again(asks + "<p>Viel Rabatt</p>") == Rules{"advertising"});
  CHECK(again(asks + "<img src=x>") == Rules{"image"});
  CHECK(again(asks + "<script>x()</script>") == Rules{"remote"});
  CHECK(again(asks + "{{controller.website}}") == Rules{"link"});
  CHECK(
      again("{{revoke.url}}?utm_source=x {{#purposes}}{{wording}}{{/purposes}} {{confirm.url}}") ==
      Rules{"tracking"});
  CHECK(again("{{revoke.url}} {{confirm.url}}") == Rules{"wording"});
  CHECK(again("{{revoke.url}}") == Rules{"confirm?"});
  const auto leave = [](const std::string& source) {
    return rules_of(lint("html", source, "de", "unsubscribe"));
  };
  CHECK(leave("{{revoke.url}} {{preferences.url}} Bei Fragen: info@sommer.example").empty());
  CHECK(leave("{{revoke.url}} Gratis!") == Rules{"advertising"});
  CHECK(leave("{{revoke.url}} <img src=x>") == Rules{"image"});
  CHECK(leave("{{revoke.url}}@x.example/") == Rules{"link"});
}

TEST_CASE("lint: a finding names place, words, reason and a way out") {
  const TemplateFiles files{
      {"mail/confirmation.de.text.mustache",
       {"{{! a comment }}\n{{confirm.url}} {{deny.url}}\n{{> foot}}\nGratis!\n", "own/text"}},
      {"mail/_foot.de.text.mustache", {"Sommer GmbH\nSie sind\nwillkommen\n", "own/foot"}}};
  const auto expanded = expand_partials(files, "mail/confirmation.de.text.mustache");
  REQUIRE(expanded.ok());
  const Findings found = lint_mail_part({"confirmation", "de", "text", *expanded});
  REQUIRE(found.size() == 2);
  CHECK(found[0].text ==
        "own/foot:3: mail \"confirmation\" (de, text): \"willkommen\" is advertising "
        "(words/de.toml, list advertising); a mail that asks for consent may hold no advertising "
        "(LG Stendal 22 S 87/20; KG 5 U 35/20); leave it out");
  CHECK(found[1].text.starts_with("own/text:4: "));
  for (const Finding& finding : lint("text", ""))
    CHECK(finding.text.starts_with("own.mustache:1: "));
}

TEST_CASE("HTML that nobody would write is read all the same") {
  for (const char* const text :
       {"<", "<a", "<a href", "<a href=", "<a href=\"", "<!--", "<!--[if", "<style>", "</", "&#;",
        "&#x110000;", "&#99999999999;", "<p ==\"\">", "<a/href='x'/>", "\xFF<\xFF>"}) {
    CAPTURE(text);
    CHECK(view_html(text).visible.size() == std::string_view(text).size());
  }
  const HtmlView view = view_html("<A HREF = x&amp;y CHECKED>Gr&uuml;&szlig;e</a>");
  REQUIRE(view.elements.size() == 1);
  CHECK(view.elements[0].name == "a");
  CHECK(*view.elements[0].find("href") == "x&y");
  CHECK(view.elements[0].find("checked") != nullptr);
  CHECK(view.elements[0].find("src") == nullptr);
  std::string visible = view.visible;
  std::erase(visible, '\x01');
  CHECK(visible == "Grüße");
}

}  // namespace
}  // namespace jawort
