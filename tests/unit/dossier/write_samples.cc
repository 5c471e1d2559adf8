#include <cstdlib>
#include <fstream>

#include "engine/dossier/print_html.h"
#include "engine/dossier/print_pdf.h"
#include "tests/support/catch.h"
#include "tests/unit/dossier/sample_case.h"

namespace jawort::testing {
namespace {

void write(const std::string& name, const CaseRecord& record) {
  const std::string folder = std::getenv("JAWORT_SAMPLES");
  const auto pdf = dossier_pdf(record);
  REQUIRE(pdf.ok());
  std::ofstream(folder + "/" + name + ".pdf", std::ios::binary) << pdf->bytes;
  std::ofstream(folder + "/" + name + ".html", std::ios::binary) << dossier_html(record);
}

// Hidden: JAWORT_SAMPLES=FOLDER test_dossier '[samples]' writes dossiers to look at.
TEST_CASE("samples to look at", "[.samples]") {
  if (std::getenv("JAWORT_SAMPLES") == nullptr) return;
  for (const std::string language : {"de", "en"}) {
    SampleCase sample;
    sample.language = sample.form_language = language;
    write("plain." + language, make_case(sample));
    sample.revoked = true;
    sample.timestamp = false;
    sample.served = "pasted";
    sample.version_stated = false;
    sample.by = "click";
    sample.erased = {"ip", "reply"};
    write("revoked." + language, make_case(sample));
    sample = {};
    sample.language = sample.form_language = language;
    sample.served = "json";
    sample.handed_over = false;
    sample.suspicious = "scanner_pressed openings_at_once";
    sample.erased = {"ip", "email", "previous:newsletter"};
    sample.erasure = true;
    write("erased." + language, make_case(sample));
    write("bare." + language, bare_case(language));
    write("rounds." + language, case_of_several_rounds(language));
    write("scripts." + language, make_case(in_many_scripts(language)));
  }
}

// Hidden: `time test_dossier '[speed]'` says what a hundred dossiers take.
TEST_CASE("a hundred dossiers", "[.speed][long]") {
  const CaseRecord record = make_case({});
  for (int i = 0; i < 100; ++i) {
    REQUIRE(dossier_pdf(record).ok());
    REQUIRE_FALSE(dossier_html(record).empty());
  }
}

}  // namespace
}  // namespace jawort::testing
