// What a dossier shows of a form: its bytes, its words, and a page that is no more than those.
#include "engine/dossier/form_files.h"

#include "engine/campaign/definition_set.h"
#include "engine/dossier/proof.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"
#include "tests/unit/dossier/made_case.h"

using namespace jawort;
using jawort::testing::source_file;
using jawort::testing::take;

namespace {

// The bakery's form, with a title that tries to be markup.
CaseRecord with_form() {
  std::string toml = source_file("tests/golden/sommer.toml");
  const std::string title = "Newsletter bestellen";
  toml.replace(toml.find(title), title.size(), "<b>Brot & Salz</b>");
  const auto set = take(DefinitionSet::build(take(read_definitions(toml, "sommer.toml"))));
  CaseRecord record = jawort::testing::made_case();
  CaseRound& round = record.rounds.front();
  round.shown_document = shown_form_document(*set, "newsletter");
  round.shown = take(parse_shown_form(round.shown_document));
  record.rounds.push_back(round);  // a second round under the same version
  return record;
}

bool holds(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("one version of a form is shown once") {
  const CaseRecord record = with_form();
  CHECK(forms_of(record).size() == 1);
  DossierFiles files;
  add_form_files(record, files);
  CHECK(files.size() == 3);
  CHECK(files.at("form/1.json") == record.rounds.front().shown_document.body);
  CHECK(holds(files.at("form/1.txt"), "[ ] Ja, ich möchte den Newsletter"));
}

TEST_CASE("the page says what it is, ticks nothing, and no text of the form is markup") {
  DossierFiles files;
  add_form_files(with_form(), files);
  const std::string& page = files.at("form/1.html");
  CHECK(holds(page, "nachgebildet"));
  CHECK(holds(page, "&lt;b&gt;Brot &amp; Salz&lt;/b&gt;"));
  CHECK_FALSE(holds(page, "<b>"));
  CHECK(holds(page, "Ja, ich möchte den Newsletter"));
  CHECK(holds(page, "Vorname"));
  CHECK_FALSE(holds(page, "checked"));
  CHECK_FALSE(holds(page, "<script"));
  CHECK_FALSE(holds(page, "src="));
}

TEST_CASE("of boxes nobody saw it is not said that they were unticked") {
  CaseRecord record = with_form();
  const auto files_of = [&](const std::string& served, const std::string& language) {
    record.language = language;
    auto& facts = record.events.front().leaf.facts;
    std::erase_if(facts, [](const Fact& fact) { return fact.name == "served"; });
    if (!served.empty()) facts.push_back({"served", served});
    DossierFiles files;
    add_form_files(record, files);
    return files;
  };
  for (const std::string file : {"form/1.txt", "form/1.html"}) {
    CAPTURE(file);
    for (const std::string served : {"", "json", "pasted", "script"}) {
      CHECK(holds(files_of(served, "de").at(file), "nicht oder nicht jedes Mal gesehen"));
      CHECK_FALSE(holds(files_of(served, "de").at(file), "nicht vorab"));
      CHECK(holds(files_of(served, "en").at(file), "Jawort did not see"));
      CHECK_FALSE(holds(files_of(served, "en").at(file), "were not ticked"));
    }
    CHECK(holds(files_of("hosted", "de").at(file), "nicht vorab angekreuzt"));
    CHECK(holds(files_of("iframe", "en").at(file), "not ticked beforehand"));
  }
}

TEST_CASE("a form that is not stored any more is named, without a file") {
  CaseRecord record = with_form();
  for (CaseRound& round : record.rounds) {
    round.shown_document = {};
    round.shown.reset();
  }
  DossierFiles files;
  add_form_files(record, files);
  CHECK(files.empty());
  REQUIRE(forms_of(record).size() == 1);
  CHECK(forms_of(record).front().file.empty());
  CHECK(forms_of(record).front().version == record.rounds.front().round.form_version);
}
