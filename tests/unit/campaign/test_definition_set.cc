#include <algorithm>

#include "engine/campaign/definition_tree.h"
#include "engine/evidence/digest.h"
#include "tests/unit/campaign/sample_definitions.h"

namespace jawort {
namespace {

using testing::document_of;
using testing::documents_of;
using testing::edited;
using testing::set_of;
using testing::sommer;

std::string build_error(const std::string& toml) {
  const auto set = DefinitionSet::build(documents_of(toml));
  REQUIRE_FALSE(set.ok());
  CHECK(set.error().kind == ErrorKind::kInvalid);
  return set.error().message;
}

// sommer.toml without the definitions that start at `from` and end before `to`.
std::string without(std::string_view from, std::string_view to) {
  std::string text = sommer();
  const std::size_t begin = text.find(from);
  const std::size_t end = text.find(to, begin);
  REQUIRE(end != std::string::npos);
  return text.erase(begin, end - begin);
}

struct Wrong {
  const char* from;
  const char* to;
  const char* message;
};

TEST_CASE("What does not fit together is refused by name") {
  const std::vector<Wrong> table{
      {"fields    = [{ name = \"first_name\" }, { name = \"branch\" }]",
       "fields = [{ name = \"frist_name\" }]",
       "form \"newsletter\": fields: there is no field \"frist_name\"; did you mean "
       "\"first_name\"?"},
      {"{ id = \"phone\" }]", "{ id = \"fax\" }]",
       "form \"newsletter\": purposes: there is no purpose \"fax\""},
      {"campaign  = \"newsletter-opt-in\"\n\n[[field]]", "campaign = \"welcome\"\n\n[[field]]",
       "form \"contact\": campaign: there is no campaign \"welcome\""},
      {"campaign  = \"newsletter-opt-in\"\n\n[[field]]", "campaign = \"autumn-bread\"\n\n[[field]]",
       "form \"contact\": campaign: \"autumn-bread\" is not a drip campaign"},
      {"after = \"PT0S\"\nmail  = \"confirmation\"", "after = \"PT1S\"\nmail  = \"confirmation\"",
       "form \"newsletter\": campaign: \"newsletter-opt-in\" has no step with on = \"opt_in\" and "
       "after = \"PT0S\", which is the confirmation mail"},
      {"used_for  = [\"newsletter\"]", "used_for = [\"newsleter\"]",
       "field \"first_name\": used_for: there is no purpose \"newsleter\"; did you mean "
       "\"newsletter\"?"},
      {"\"form:contact\"", "\"form:contacts\"",
       "field \"message\": used_for: there is no form \"contacts\"; did you mean \"contact\"?"},
      {"label     = { de = \"Vorname\", en = \"First name\" }", "label = { de = \"Vorname\" }",
       "field \"first_name\": label: has no text in \"en\", a language of form \"newsletter\""},
      {"label     = { de = \"Newsletter\", en = \"Newsletter\" }", "label = { de = \"N\" }",
       "purpose \"newsletter\": label: has no text in \"en\", a language of form \"newsletter\""},
      {"en = \"Yes, Bäckerei", "fr = \"Yes, Bäckerei",
       "purpose \"phone\": wording: has no text in \"en\", a language of form \"newsletter\""},
      {"products  = { de = \"Catering\", en = \"catering\" }", "products = { de = \"Catering\" }",
       "purpose \"phone\": scope.products: has no text in \"en\""},
      {"purpose = \"newsletter\"\nsubject", "purpose = \"news\"\nsubject",
       "campaign \"autumn-bread\": purpose: there is no purpose \"news\""},
      {"purpose = \"newsletter\"\nsubject", "purpose = \"phone\"\nsubject",
       "campaign \"autumn-bread\": purpose: \"phone\" is not a consent to e-mail"},
      {"field.branch =", "field.brunch =",
       "campaign \"autumn-bread\": audience.field: there is no field \"brunch\"; did you mean"},
      {"field.branch = [\"Tübingen\"", "field.branch = [\"Tubingen\"",
       "campaign \"autumn-bread\": audience.field.branch: \"Tubingen\" is not one of its options; "
       "did you mean \"Tübingen\"?"},
      {"delete_after = \"P7D\"", "delete_after = \"P6D\"",
       "form \"newsletter\": link_valid: is longer than retention \"pending\" keeps the sign-up"},
  };
  for (const Wrong& wrong : table) {
    INFO(wrong.to);
    const std::string message = build_error(edited(sommer(), wrong.from, wrong.to));
    CHECK(message.find(wrong.message) != std::string::npos);
  }
}

TEST_CASE("A form without controller is refused, other definitions are not") {
  const std::string message = build_error(without("[controller]", "[[processor]]"));
  CHECK(message.find("form \"contact\": there is no [controller]") != std::string::npos);
  CHECK(message.find("form \"newsletter\": there is no [controller]") != std::string::npos);
  const auto set = set_of("[[retention]]\napplies_to = \"ip\"\ndelete_after = \"P30D\"\n");
  CHECK(set->controller() == nullptr);
  CHECK(set->form_ids().empty());
}

TEST_CASE("One controller, and each definition once") {
  auto documents = documents_of(sommer());
  const auto other = documents_of(edited(sommer(), "= \"sommer\"", "= \"winter\""));
  documents.push_back(document_of(other, "controller", "winter"));
  const auto two = DefinitionSet::build(documents);
  REQUIRE_FALSE(two.ok());
  CHECK(two.error().message.find("test.toml:5: controller \"winter\": id: there is already") == 0);
  documents.back() = document_of(documents, "form", "contact");
  CHECK_FALSE(DefinitionSet::build(documents).ok());
}

TEST_CASE("A form without purposes needs no campaign") {
  const auto set = set_of(edited(
      sommer(), "purposes  = [{ id = \"newsletter\" }]\ncampaign  = \"newsletter-opt-in\"\n", ""));
  CHECK(set->form("contact")->purposes.empty());
  CHECK(set->shown_form("contact")->purposes.empty());
}

Hash256 shown_version(const std::string& toml, std::string_view form) {
  return set_of(toml)->shown_form(form)->version;
}

TEST_CASE("The version of a form as shown follows what is shown") {
  const Hash256 before = shown_version(sommer(), "contact");
  CHECK(shown_version(sommer(), "newsletter") != before);
  const std::vector<std::pair<const char*, const char*>> shown{
      {"\"2026-09-01\"", "\"2026-09-02\""},          // the privacy notice's version
      {"\"Dr. Erika Beispiel\"", "\"Max Muster\""},  // who asks
      {"\"Write to us\"", "\"Contact\""},            // the form
      {"\"Your message\"", "\"Message\""},           // a field's label
      {"name = \"first_name\", required = true", "name = \"first_name\""},
      {"at most once a week. I", "at most weekly. I"},  // the wording
      {"\"1 per P7D\"", "\"1 per P14D\""},              // the scope
  };
  for (const auto& [from, to] : shown) {
    INFO(to);
    CHECK(shown_version(edited(sommer(), from, to), "contact") != before);
  }
  const std::vector<std::pair<const char*, const char*>> not_shown{
      {"\"Phone calls\"", "\"Calls\""},                    // a purpose of the other form
      {"\"Your branch\"", "\"Branch\""},                   // a field of the other form
      {"\"Subscribe to the newsletter\"", "\"Join\""},     // the other form
      {"mail  = \"reminder\"", "mail  = \"reminder-2\""},  // the campaign
      {"\"AVV 2026-03\"", "\"AVV 2026-04\""},
      {"# A bakery's", "# Another bakery's"},
  };
  for (const auto& [from, to] : not_shown) {
    INFO(to);
    CHECK(shown_version(edited(sommer(), from, to), "contact") == before);
  }
}

TEST_CASE("A form as shown can be read from its document alone") {
  const auto set = set_of(sommer());
  const Document document = shown_form_document(*set, "newsletter");
  CHECK(document.kind == "shown_form");
  CHECK(document.id == "newsletter");
  CHECK(document.version == sha256(as_bytes(document.body)));
  const auto shown = parse_shown_form(document);
  REQUIRE(shown.ok());
  CHECK(shown->version == set->shown_form("newsletter")->version);
  CHECK(shown->controller.name == "Bäckerei Sommer GmbH");
  CHECK(shown->controller_version == set->document("controller", "sommer")->version);
  CHECK(shown->form_version == set->document("form", "newsletter")->version);
  CHECK(shown->form.protect.per_client == *parse_rate_limits("20 per PT1H"));
  REQUIRE(shown->fields.size() == 2);
  CHECK(shown->fields[1].name == "branch");
  REQUIRE(shown->purposes.size() == 2);
  CHECK(shown->purposes[1].id == "phone");
  CHECK(shown->purpose_versions[1] == set->document("purpose", "phone")->version);
  CHECK(text_for(shown->purposes[0].wording, "de") ==
        text_for(set->purpose("newsletter")->wording, "de"));
  CHECK(shown_form_document(*set, "nobody").body.empty());
}

TEST_CASE("A damaged or incomplete form as shown is refused") {
  const auto set = set_of(sommer());
  Document document = shown_form_document(*set, "contact");
  Document wrong_version = document;
  wrong_version.version[0] ^= 1;
  CHECK_FALSE(parse_shown_form(wrong_version).ok());
  CHECK_FALSE(parse_shown_form(*set->document("form", "contact")).ok());
  const auto content = read_document(document);
  REQUIRE(content.ok());
  for (const std::string part : {"controller", "fields", "form", "purposes"}) {
    INFO(part);
    Node less = *content;
    less.erase(part);
    CHECK_FALSE(parse_shown_form(make_document("shown_form", "contact", less)).ok());
  }
  Node fewer = *content;
  fewer.find("fields")->children.pop_back();
  CHECK_FALSE(parse_shown_form(make_document("shown_form", "contact", fewer)).ok());
  CHECK_FALSE(parse_shown_form(make_document("shown_form", "other", *content)).ok());
}

TEST_CASE("What is stored but not carried out is named, at most once per definition") {
  CHECK(set_of(sommer())->not_active_yet() ==
        std::vector<std::string>{
            "processor \"Beispiel Hosting GmbH\": the register of processors is not active yet",
            "field \"first_name\": keep and audited are not active yet",
            "field \"message\": keep and audited are not active yet",
            "purpose \"phone\": keep_proof is not active yet",
            "campaign \"autumn-bread\": newsletters are not active yet",
            "retention: the rules for \"idle\", \"lead\" and \"revoked\" are not active yet"});
}

TEST_CASE("A condition on the confirmation mail is not passed over") {
  const std::string step = "after = \"PT0S\"\nmail  = \"confirmation\"";
  const std::string said = "campaign \"newsletter-opt-in\": what step 1 is bound to";
  const auto lines = [&](const std::string& condition) {
    const auto all = set_of(edited(sommer(), step, step + "\n" + condition))->not_active_yet();
    return std::count_if(all.begin(), all.end(),
                         [&](const std::string& line) { return line.starts_with(said); });
  };
  CHECK(lines("while = \"pending\"") == 0);
  CHECK(lines("unless = \"confirmed\"") == 1);
  CHECK(lines("stop_on = \"revoked\"") == 1);
}

TEST_CASE("A change is described key by key") {
  const Document before = document_of(documents_of(sommer()), "form", "newsletter");
  CHECK(describe_change(before, "") == std::vector<std::string>{"form newsletter: new"});
  CHECK(describe_change(before, before.body).empty());
  std::string toml = edited(sommer(), "\"Subscribe to the newsletter\"", "\"Join us\"");
  toml = edited(toml, "link_valid = \"P7D\"\n", "");
  toml = edited(toml, "languages = [\"de\", \"en\"]", "languages = [\"en\", \"de\"]");
  toml = edited(toml, "[{ name = \"first_name\" }, { name = \"branch\" }]",
                "[{ name = \"first_name\", required = true }, { name = \"branch\" }, "
                "{ name = \"message\" }]");
  CHECK(describe_change(document_of(documents_of(toml), "form", "newsletter"), before.body) ==
        std::vector<std::string>{
            "form newsletter: fields[1].required changed", "form newsletter: fields[3].name added",
            "form newsletter: fields[3].required added", "form newsletter: languages changed",
            "form newsletter: link_valid removed", "form newsletter: title.en changed"});
}

}  // namespace
}  // namespace jawort
