#include <algorithm>
#include <set>

#include "engine/campaign/definition_tree.h"
#include "engine/evidence/digest.h"
#include "tests/unit/campaign/sample_definitions.h"

namespace jawort {
namespace {

using testing::document_of;
using testing::documents_of;
using testing::edited;
using testing::repository_file;
using testing::set_of;
using testing::sommer;

std::vector<std::string> versions_of(const std::string& toml) {
  std::vector<std::string> versions;
  for (const Document& document : documents_of(toml)) {
    versions.push_back(document.kind + " " + document.id + " " + version_text(document.version));
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

std::string body_of(const std::string& toml, std::string_view kind, std::string_view id) {
  return document_of(documents_of(toml), kind, id).body;
}

TEST_CASE("sommer.toml loads as it is") {
  const auto documents = documents_of(sommer());
  std::vector<std::string> names;
  for (const Document& document : documents) names.push_back(document.kind + " " + document.id);
  CHECK(names == std::vector<std::string>{
                     "controller sommer", "processor Beispiel Hosting GmbH", "field first_name",
                     "field branch", "purpose newsletter", "purpose phone", "form newsletter",
                     "form contact", "field message", "campaign newsletter-opt-in",
                     "campaign autumn-bread", "retention pending", "retention lead", "retention ip",
                     "retention revoked", "retention idle", "webhook crm"});
  REQUIRE(DefinitionSet::build(documents).ok());
}

TEST_CASE("The worked example loads, redirects nowhere and is active but for what is stored") {
  const auto set = set_of(repository_file("examples/quickstart.toml"));
  REQUIRE(set->form_ids() == std::vector<std::string>{"newsletter"});
  const Form& form = *set->form("newsletter");
  CHECK(form.languages == std::vector<std::string>{"de", "en"});
  CHECK(form.allowed_origins.empty());
  CHECK(form.submitted_url.empty());
  CHECK(form.confirmed_url.empty());
  CHECK(set->campaign("newsletter-opt-in")->confirmation_step()->mail == "confirmation");
  for (const std::string& line : set->not_active_yet()) CHECK(line.find("step") == line.npos);
}

TEST_CASE("Typed values of sommer.toml") {
  const auto set = set_of(sommer());
  const Controller& controller = *set->controller();
  CHECK(controller.name == "Bäckerei Sommer GmbH");
  CHECK(controller.privacy_version == "2026-09-01");
  CHECK(controller.officer_email == "datenschutz@sommer.example");
  const FieldDefinition& name = *set->field("first_name");
  CHECK(name.type == FieldType::kText);
  CHECK(name.audited);  // personal means audited
  CHECK(name.max_length == 80);
  CHECK(name.keep->months == 36);
  CHECK_FALSE(set->field("branch")->audited);
  CHECK(set->field("branch")->options.size() == 3);
  const Purpose& phone = *set->purpose("phone");
  CHECK(phone.channel == "phone");
  CHECK(phone.keep_proof->months == 60);
  CHECK(text_for(phone.products, "de") == "Catering");
  CHECK(set->purpose("newsletter")->frequency_max.size() == 1);
  const Form& form = *set->form("newsletter");
  CHECK(form.purposes[0].required);
  CHECK_FALSE(form.purposes[1].required);
  CHECK(form.link_valid->seconds == std::chrono::hours(7 * 24));
  CHECK(form.protect.min_seconds == 2);
  CHECK(form.protect.per_client == *parse_rate_limits("20 per PT1H"));
  CHECK(text_for(form.confirmed_url, "en") == "https://sommer.example/en/welcome");
  const Campaign& campaign = *set->campaign("newsletter-opt-in");
  REQUIRE(campaign.steps.size() == 4);
  CHECK(campaign.confirmation_step() == &campaign.steps[0]);
  CHECK(campaign.steps[1].while_state == "pending");
  CHECK(campaign.steps[3].between_to == "20:00");
  CHECK(set->campaign("autumn-bread")->confirmation_step() == nullptr);
  CHECK(set->form("nobody") == nullptr);
}

TEST_CASE("What a form without [form.protect] gets") {
  const Form form = *set_of(sommer())->form("contact");
  CHECK(form.protect.honeypot == "company_fax");
  CHECK(form.protect.per_address == *parse_rate_limits("1 per P1D, 3 per P30D"));
  CHECK(form.protect.per_client == *parse_rate_limits("60 per PT1H"));
  CHECK(form.confirm == ConfirmMode::kButton);
  CHECK_FALSE(form.link_valid.has_value());
  CHECK_FALSE(form.protect.proof_of_work);
}

TEST_CASE("The version does not depend on comments, order, spacing or spelling of TOML") {
  const auto versions = versions_of(sommer());
  std::string bare;
  std::istringstream lines(sommer());
  for (std::string line; std::getline(lines, line);) {
    bare += line.substr(0, line.find("  #")) + "   # noted\r\n";
  }
  CHECK(versions_of(bare) == versions);
  const std::string inlined =
      edited(sommer(),
             "[controller.data_protection_officer]\nname  = \"Dr. Erika Beispiel\"\n"
             "email = \"datenschutz@sommer.example\"\n",
             "data_protection_officer = { email = 'datenschutz@sommer.example', "
             "name = \"Dr. Erika \\u0042eispiel\" }\n");
  CHECK(versions_of(inlined) == versions);
  // The same definitions, in two files and the other way round.
  const std::size_t middle = sommer().find("[[form]]");
  auto both = versions_of(sommer().substr(middle));
  const auto first = versions_of(sommer().substr(0, middle));
  both.insert(both.end(), first.begin(), first.end());
  std::sort(both.begin(), both.end());
  CHECK(both == versions);
}

TEST_CASE("Order of keys within a table does not change the version; order of a list does") {
  const std::string field = "[[field]]\nname = \"a\"\ntype = \"choice\"\npersonal = false\n";
  const std::string label = "label = { en = \"A\", de = \"B\" }\n";
  const std::string options = "options = [\"x\", \"y\"]\n";
  const auto version = versions_of(field + label + options);
  CHECK(versions_of(field + options + "label = { de = \"B\", en = \"A\" }\n") == version);
  CHECK(versions_of(field + label + "options = [\"y\", \"x\"]\n") != version);
}

TEST_CASE("A stated default is the same definition as an unstated one") {
  const std::string stated =
      edited(sommer(), "[[field]]\nname      = \"message\"",
             "[form.protect]\nproof_of_work = false\nper_client = \" 60   per PT1H\"\n"
             "[[field]]\nname      = \"message\"");
  CHECK(body_of(stated, "form", "contact") == body_of(sommer(), "form", "contact"));
  const std::string empty =
      edited(sommer(), "personal  = false", "personal = false\nused_for = []");
  CHECK(versions_of(empty) == versions_of(sommer()));
}

TEST_CASE("The canonical body is RFC 8785 JSON with the kind around it") {
  CHECK(body_of("[[webhook]]\nid = \"crm\"\nurl = \"https://crm.example/a\"\n"
                "events = [\"consent.revoked\"]\n",
                "webhook", "crm") ==
        R"({"webhook":{"events":["consent.revoked"],"id":"crm","include_personal":false,)"
        R"("url":"https://crm.example/a"}})");
  CHECK(body_of("[[processor]]\nname = \"H\"\nservice = \"a\\\"b\\\\c\\td ö\"\nsigned = 2026-03-14",
                "processor", "H") ==
        R"({"processor":{"name":"H","service":"a\"b\\c\td ö","signed":"2026-03-14"}})");
  Node control = text_node(std::string("\x01\x08\x09\x0a\x0b\x0c\x0d\x1f\x7f€"));
  CHECK(canonical_json(control) == "\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\x7f€\"");
}

TEST_CASE("Several lines of wording keep their line ends as LF, without white space around") {
  const std::string purpose =
      "[[purpose]]\nid = \"p\"\nchannel = \"email\"\nlabel = { en = \"P\" }\n";
  const std::string unix_text = purpose + "wording = { en = \"\"\"\none\ntwo\n\"\"\" }\n";
  std::string dos_text;
  for (const char c : unix_text) dos_text += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(versions_of(unix_text) == versions_of(dos_text));
  CHECK(body_of(dos_text, "purpose", "p").find(R"("wording":{"en":"one\ntwo"})") !=
        std::string::npos);
}

TEST_CASE("A canonical body reads back into the same bytes and the same structs") {
  for (const std::string file : {"tests/golden/sommer.toml", "examples/quickstart.toml"}) {
    for (const Document& document : documents_of(repository_file(file))) {
      INFO(document.kind << " " << document.id);
      const auto content = read_document(document);
      REQUIRE(content.ok());
      const Document again = make_document(document.kind, document.id, *content);
      CHECK(again.body == document.body);
      CHECK(again.version == document.version);
    }
  }
}

TEST_CASE("A damaged document is refused") {
  const Document intact = document_of(documents_of(sommer()), "purpose", "phone");
  Document changed = intact;
  changed.body[changed.body.size() / 2] ^= 1;
  CHECK_FALSE(read_document(changed).ok());
  CHECK_FALSE(DefinitionSet::build({changed}).ok());
  for (const std::string body : {"", "{", "[]", "{\"purpose\":1}", "{\"purpose\":{\"a\":1.5}}"}) {
    Document other{"purpose", "phone", body, sha256(as_bytes(body))};
    CHECK_FALSE(read_document(other).ok());
  }
  Document deep{"purpose", "phone", std::string(100000, '['), {}};
  deep.version = sha256(as_bytes(deep.body));
  CHECK_FALSE(read_document(deep).ok());
}

TEST_CASE("One table stands for a list of one, and a list of one controller for the controller") {
  const std::string hook =
      "id = \"a\"\nurl = \"https://a.example\"\nevents = [\"contact.erased\"]\n";
  CHECK(versions_of("[webhook]\n" + hook) == versions_of("[[webhook]]\n" + hook));
  CHECK(versions_of(edited(sommer(), "[controller]", "[[controller]]")) == versions_of(sommer()));
}

TEST_CASE("An empty file holds no definitions") {
  CHECK(documents_of("").empty());
  CHECK(documents_of("# nothing\n").empty());
}

TEST_CASE("Words for a language: its own, else English, German, any") {
  const Localized texts{{"de", "Ja"}, {"en", "Yes"}, {"fr", "Oui"}};
  CHECK(text_for(texts, "fr") == "Oui");
  CHECK(text_for(texts, "pl") == "Yes");
  CHECK(text_for({{"de", "Ja"}, {"fr", "Oui"}}, "pl") == "Ja");
  CHECK(text_for({{"fr", "Oui"}}, "pl") == "Oui");
  CHECK(text_for({}, "pl").empty());
}

}  // namespace
}  // namespace jawort
