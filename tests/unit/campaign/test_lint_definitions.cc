#include <algorithm>

#include "engine/base/embedded.h"
#include "engine/campaign/definition_tree.h"
#include "engine/campaign/lint_definitions.h"
#include "engine/campaign/word_lists.h"
#include "tests/unit/campaign/sample_definitions.h"

namespace jawort {
namespace {

using testing::edited;
using testing::set_of;
using testing::sommer;

std::string text_of(const Findings& findings) {
  std::string all;
  for (const Finding& finding : findings) {
    all += std::string(finding.severity == Severity::kError ? "error " : "warning ") +
           finding.rule + ": " + finding.text + "\n";
  }
  return all;
}

std::string lint(const std::string& toml) { return text_of(lint_definitions(*set_of(toml))); }

// What is found when the German wording of "newsletter" is `wording`.
std::string lint_wording(const std::string& wording) {
  const std::string text = sommer();
  const std::size_t begin = text.find("de = \"Ja, ich möchte") + 6;
  const std::size_t end = text.find("\"\n", begin);
  return lint(text.substr(0, begin) + wording + text.substr(end));
}

void expect_one(const std::string& found, const std::string& beginning) {
  CAPTURE(found);
  CHECK(found.starts_with(beginning));
  CHECK(std::ranges::count(found, '\n') == 1);
}

TEST_CASE("lint: the example is lawful as it is") { CHECK(lint(sommer()).empty()); }

TEST_CASE("lint: every list can be read, and says something in both languages") {
  for (const EmbeddedFile& file : embedded_word_lists()) {
    CAPTURE(file.path);
    const auto parsed = parse_toml(file.content, file.path);
    REQUIRE(parsed.ok());
    for (const Node& list : parsed->children) {
      CHECK_FALSE(texts_at(*parsed, list.key).empty());
      if (file.path == "words/any.toml") continue;
      for (const std::string_view other : {"words/de.toml", "words/en.toml"}) {
        const auto files = embedded_word_lists();
        const auto found = std::ranges::find(files, other, &EmbeddedFile::path);
        REQUIRE(found != files.end());
        CHECK(parse_toml(found->content, other)->find(list.key) != nullptr);
      }
    }
  }
  CHECK(has_word_lists("de-AT"));
  CHECK_FALSE(has_word_lists("fr"));
}

TEST_CASE("lint: privacy notice and imprint") {
  expect_one(lint(edited(sommer(), "privacy_url = \"https://sommer.example/datenschutz\"\n", "")),
             "error privacy: test.toml:4: controller \"sommer\": privacy_url: missing; ");
  const std::string imprint =
      lint(edited(sommer(), "imprint_url = \"https://sommer.example/impressum\"\n", ""));
  expect_one(imprint, "error imprint: test.toml:4: controller \"sommer\": imprint_url: missing; ");
  CHECK(imprint.find("§ 5 DDG") != std::string::npos);
}

TEST_CASE("lint: what of the controller stands in every confirmation mail") {
  const auto named = [](const std::string& name) {
    return lint(
        edited(sommer(), "\nname        = \"Bäckerei Sommer GmbH\"", "\nname = \"" + name + "\""));
  };
  expect_one(named("Bäckerei Sommer GmbH – jetzt 10 % Rabatt auf alle Brote"),
             "error advertising: test.toml:");
  expect_one(named("Sommer GmbH, www.sommer.example"), "error advertising: test.toml:");
  expect_one(named("Geschenke Sommer GmbH"), "warning advertising: test.toml:");
  CHECK(named("Sommer & Söhne GmbH").empty());
  expect_one(lint(edited(sommer(), "https://sommer.example/datenschutz",
                         "https://sommer.example/datenschutz?utm_source=mail")),
             "error tracking: test.toml:");
  expect_one(lint(edited(sommer(), "https://sommer.example/impressum",
                         "https://sommer.example/impressum?a=1&gclid=2")),
             "error tracking: test.toml:");
}

TEST_CASE("lint: a wording tells that it can be withdrawn") {
  const std::string found = lint_wording("Ja, schickt mir den Newsletter per E-Mail.");
  expect_one(found, "error withdrawal: test.toml:48: purpose \"newsletter\": wording.de: ");
  CHECK(found.find("art. 7(3)") != std::string::npos);
  CHECK(found.find("words/de.toml, list withdrawal") != std::string::npos);
  for (const char* const told : {"Ich kann mich jederzeit abmelden.", "Widerruf jederzeit möglich.",
                                 "Sie lässt sich widerrufen.", "Das ist jederzeit widerruflich."}) {
    CAPTURE(told);
    CHECK(lint_wording("Ja, gern per E-Mail. " + std::string(told)).empty());
  }
  expect_one(lint(edited(sommer(), "I can withdraw my consent at any time.\"", "Thanks.\"")),
             "error withdrawal: test.toml:63: purpose \"phone\": wording.en: ");
}

TEST_CASE("lint: a wording that takes the withdrawal away does not tell of it") {
  for (const char* const denied :
       {"Ein Widerruf ist ausgeschlossen.", "Ich kann dies nicht widerrufen.",
        "Ich kann das nicht mehr widerrufen.", "Diese Einwilligung ist unwiderruflich.",
        "Ein Widerruf ist nicht möglich.", "Es gibt keinen Widerruf.",
        "Auf den Widerruf verzichte ich."}) {
    CAPTURE(denied);
    const std::string found = lint_wording("Ja, gern per E-Mail. " + std::string(denied));
    expect_one(found, "error withdrawal: test.toml:48: purpose \"newsletter\": wording.de: \"");
    CHECK(found.find("cannot be withdrawn; ") != std::string::npos);
  }
  for (const char* const told :
       {"Ich kann jederzeit widerrufen, ohne dass die Rechtmäßigkeit der bis dahin erfolgten "
        "Verarbeitung berührt wird.",
        "Durch den Widerruf wird die Rechtmäßigkeit der Verarbeitung bis dahin nicht berührt.",
        "Sie gilt, solange ich sie nicht widerrufe.", "Keine Sorge, ich kann jederzeit widerrufen.",
        "Es entstehen mir keine Nachteile durch den Widerruf."}) {
    CAPTURE(told);
    CHECK(lint_wording("Ja, gern per E-Mail. " + std::string(told)).empty());
  }
  for (const char* const denied :
       {"I cannot withdraw my consent.", "My consent is irrevocable and I will not unsubscribe.",
        "The consent cannot be withdrawn.", "Withdrawal is not possible."}) {
    CAPTURE(denied);
    expect_one(lint(edited(sommer(), "I can withdraw my consent at any time.\"",
                           std::string(denied) + "\"")),
               "error withdrawal: test.toml:63: purpose \"phone\": wording.en: \"");
  }
}

TEST_CASE("lint: channels by their bare names, in a row") {
  constexpr const char* kTold = " Ich kann das jederzeit widerrufen.";
  const std::string both = lint_wording(std::string("Ja, per E-Mail, Telefon und SMS.") + kTold);
  CAPTURE(both);
  CHECK(std::ranges::count(both, '\n') == 2);
  CHECK(both.find("\"Telefon\" (words/de.toml, list name_phone)") != std::string::npos);
  CHECK(both.find("asks for sms") != std::string::npos);
  for (const char* const wrong :
       {"Ja, per E-Mail und WhatsApp.", "Ja, per Anruf oder E-Mail.", "Ja, per E-Mail und Post.",
        "Ja, per E-Mail sowie Brief.", "E-Mail-, SMS-Werbung."}) {
    CAPTURE(wrong);
    expect_one(lint_wording(std::string(wrong) + kTold), "error bundled: ");
  }
  for (const char* const right :
       {"Ja, Tarife für Telefon und Internet per E-Mail.", "Ja, Neues von der Post per E-Mail.",
        "Ja, per E-Mail. Ich kann das per E-Mail, Telefon oder Post widerrufen.",
        "Ja, per E-Mail, keine SMS."}) {
    CAPTURE(right);
    CHECK(lint_wording(std::string(right) + kTold).empty());
  }
  expect_one(lint(edited(sommer(), "may call me about catering offers.",
                         "may reach me by phone and SMS.")),
             "error bundled: test.toml:63: purpose \"phone\": wording.en: \"SMS\"");
}

TEST_CASE("lint: a consent to calls is kept for five years, and names its companies") {
  expect_one(lint(edited(sommer(), "keep_proof = \"P5Y\"", "keep_proof = \"P59M\"")),
             "error proof: test.toml:59: purpose \"phone\": keep_proof: is too short; ");
  expect_one(lint(edited(sommer(), "keep_proof = \"P5Y\"", "")),
             "warning proof: test.toml:56: purpose \"phone\": keep_proof: missing; ");
  CHECK(lint(edited(sommer(), "keep_proof = \"P5Y\"", "keep_proof = \"P60M\"")).empty());
  expect_one(lint(edited(sommer(), "companies = [\"Bäckerei Sommer GmbH\"]", "")),
             "warning companies: test.toml:");
}

TEST_CASE("lint: in a language without lists the operator is asked to look") {
  const std::string found =
      lint(edited(sommer(), "en = \"Yes, Bäckerei Sommer GmbH may call",
                  "fr = \"Oui, merci.\"\nen = \"Yes, Bäckerei Sommer GmbH may call"));
  expect_one(found, "warning withdrawal: test.toml:63: purpose \"phone\": wording.fr: ");
}

TEST_CASE("lint: a wording asks for one channel") {
  constexpr const char* kTold = " Ich kann das jederzeit widerrufen.";
  struct Case {
    const char* wording;
    const char* channel;
  };
  for (const Case& wrong : {Case{"Ja, informiert mich per E-Mail und telefonisch.", "phone"},
                            Case{"Ja, per E-Mail, per Post oder so.", "post"},
                            Case{"Ja, Angebote per E-Mail oder SMS-Nachrichten.", "sms"},
                            Case{"Ja, ihr dürft mich auch anrufen.", "phone"},
                            Case{"Ja, per WhatsApp.", "messenger"}}) {
    CAPTURE(wrong.wording);
    const std::string found = lint_wording(std::string(wrong.wording) + kTold);
    expect_one(found, "error bundled: test.toml:48: purpose \"newsletter\": wording.de: ");
    CHECK(found.find("asks for " + std::string(wrong.channel)) != std::string::npos);
    CHECK(found.find("I ZR 164/09") != std::string::npos);
  }
  for (const char* const right :
       {"Ja, alles über Telefone, SMS-Tarife und Briefmarken per E-Mail.",
        "Ja, per E-Mail, keine Anrufe, nicht per Post.", "Ja, der Postbote bringt nichts."}) {
    CAPTURE(right);
    CHECK(lint_wording(std::string(right) + kTold).empty());
  }
  CHECK(lint_wording("Ja, per E-Mail. Ich kann jederzeit widerrufen, z. B. telefonisch oder per "
                     "Post.")
            .empty());
  expect_one(lint_wording("Ja, per E-Mail. Ich kann jederzeit widerrufen. Das geht telefonisch."),
             "warning bundled: ");
  expect_one(lint(edited(sommer(), "may call me about catering offers.",
                         "may call me and write by e-mail.")),
             "error bundled: test.toml:63: purpose \"phone\": wording.en: \"by e-mail\" "
             "(words/en.toml, list channel_email) asks for email in a consent for phone; ");
  expect_one(lint(edited(sommer(), "{ de = \"Brot und Gebäck\"", "{ de = \"Brot, auch per SMS\"")),
             "error bundled: ");
}

TEST_CASE("lint: a consent stands apart from terms and notices") {
  constexpr const char* kTold = " Ich kann das jederzeit widerrufen.";
  const auto found = [&](std::string_view wording) {
    return lint_wording(std::string(wording) + kTold);
  };
  expect_one(found("Ich akzeptiere die AGB und will den Newsletter."), "error bundled: ");
  expect_one(found("Ja. Die Nutzungsbedingungen habe ich gelesen."), "error bundled: ");
  expect_one(found("Ich akzeptiere die Datenschutzerklärung."), "error bundled: ");
  expect_one(found("Ich habe die Datenschutzerklärung gelesen und möchte den Newsletter."),
             "warning bundled: ");
  CHECK(found("Ja, per E-Mail. Näheres sagt die Datenschutzerklärung.").empty());
  CHECK(found("Ich bin einverstanden. Näheres sagt die Datenschutzerklärung.").empty());
  expect_one(lint(edited(sommer(), "may call me about catering offers.",
                         "may call me and I accept the terms of use.")),
             "error bundled: test.toml:63: purpose \"phone\": wording.en: joins the consent to "
             "terms of business: \"terms of use\" (words/en.toml, list terms) with \"accept\" "
             "(words/en.toml, list accept); ");
}

TEST_CASE("lint: required fields are needed for something on this form") {
  const std::string required = edited(sommer(), "{ name = \"first_name\", required = true }",
                                      "{ name = \"branch\", required = true }");
  const std::string found = lint(required);
  expect_one(found, "error fields: test.toml:91: form \"contact\": fields: \"branch\" is required");
  CHECK(found.find("art. 5(1)(c), 25") != std::string::npos);
  CHECK(lint(edited(required, "personal  = false\n",
                    "personal  = false\nused_for = [\"form:contact\"]\n"))
            .empty());
  CHECK(lint(edited(required, "personal  = false\n",
                    "personal  = false\nused_for = [\"newsletter\"]\n"))
            .empty());
  CHECK_FALSE(lint(edited(required, "personal  = false\n",
                          "personal  = false\nused_for = [\"phone\", \"form:newsletter\"]\n"))
                  .empty());
}

TEST_CASE("lint: purposes that can only be had together, or for something else") {
  expect_one(lint(edited(sommer(), "{ id = \"phone\" }]", "{ id = \"phone\", required = true }]")),
             "error bundled: test.toml:73: form \"newsletter\": purposes: \"newsletter\" and "
             "\"phone\" are both required");
  expect_one(lint(edited(sommer(), "purposes  = [{ id = \"newsletter\" }]",
                         "purposes  = [{ id = \"newsletter\", required = true }]")),
             "warning coupled: test.toml:92: form \"contact\": purposes: \"newsletter\" is "
             "required on a form that serves something else too");
}

TEST_CASE("lint: a form's title stands in the confirmation mail") {
  expect_one(lint(edited(sommer(), "Newsletter bestellen", "Newsletter mit 10 % Rabatt")),
             "error title: test.toml:70: form \"newsletter\": title: \"Rabatt\" (words/de.toml, "
             "list advertising) ");
}

TEST_CASE("lint: boxes are never ticked beforehand, whatever the key") {
  for (const char* const key : {"checked", "preselected", "default", "ticked"}) {
    for (const char* const place : {"{ id = \"phone\"", "{ name = \"branch\""}) {
      const auto read = read_definitions(
          edited(sommer(), place, std::string(place) + ", " + key + " = true"), "test.toml");
      REQUIRE_FALSE(read.ok());
      CAPTURE(key, place, read.error().message);
      CHECK(read.error().message.find(std::string("].") + key + ": there is no such key: a box") !=
            std::string::npos);
      CHECK(read.error().message.find("C-673/17") != std::string::npos);
    }
  }
}

TEST_CASE("lint: one channel per purpose, and a wording in each language, by the law") {
  const auto several = read_definitions(
      edited(sommer(), "channel   = \"phone\"", "channel   = [\"phone\", \"email\"]"), "test.toml");
  REQUIRE_FALSE(several.ok());
  CHECK(several.error().message.find("channel: a consent is for one channel") != std::string::npos);
  const auto set = DefinitionSet::build(
      testing::documents_of(edited(sommer(), "en = \"Yes, B", "fr = \"Yes, B")));
  REQUIRE_FALSE(set.ok());
  CHECK(set.error().message.find("wording: has no text in \"en\"") != std::string::npos);
  CHECK(set.error().message.find("art. 7(2)") != std::string::npos);
}

TEST_CASE("a mail long after a revocation is advertising; one at once is not") {
  const std::string confirmed = "on    = \"confirmed\"\nafter = \"P3D\"";
  const auto late = lint(edited(sommer(), confirmed, "on    = \"revoked\"\nafter = \"P3D\""));
  expect_one(late, "error withdrawn: test.toml:108: campaign \"newsletter-opt-in\": step: step 4");
  CHECK(lint(edited(sommer(), confirmed, "on    = \"revoked\"\nafter = \"PT0S\"")).empty());
}

}  // namespace
}  // namespace jawort
