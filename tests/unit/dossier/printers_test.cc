#include <array>
#include <cstdio>
#include <fstream>

#include "engine/base/text.h"
#include "engine/dossier/html_document.h"
#include "engine/dossier/print_html.h"
#include "engine/dossier/print_pdf.h"
#include "engine/evidence/digest.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/dossier/sample_case.h"

namespace jawort::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

SampleCase sample_in(const std::string& language) {
  SampleCase sample;
  sample.language = sample.form_language = language;
  return sample;
}

std::string pdf_of(const CaseRecord& record) {
  auto pdf = dossier_pdf(record);
  REQUIRE(pdf.ok());
  return std::move(pdf->bytes);
}

// What Poppler reads out of it.
std::string text_of(const std::string& pdf) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/dossier.pdf";
  std::ofstream(path, std::ios::binary) << pdf;
  FILE* pipe = ::popen(("pdftotext -layout '" + path + "' -").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> part{};
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
    text.append(part.data(), n);
  }
  REQUIRE(::pclose(pipe) == 0);
  return text;
}

// Poppler puts spaces between, and marks around, letters that run from right to left.
std::string without_spaces(std::string text) {
  for (const char* mark : {"\u202A", "\u202B", "\u202C"}) {
    text = replace_all(std::move(text), mark, "");
  }
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\f'; });
  return text;
}

int count(std::string_view text, std::string_view what) {
  int n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; ++at) ++n;
  return n;
}

TEST_CASE("the page lets nothing of a stranger's be markup, and loads nothing") {
  SampleCase sample = sample_in("de");
  const std::string canary = "<script>alert('1')</script><img onerror=\"1\">{{x}}";
  sample.email = canary;
  sample.first_name = sample.page = sample.user_agent = canary;
  sample.definitions = {{"Bäckerei Sommer GmbH\"\naddress", "Bäckerei <script>\"\naddress"},
                        {"Newsletter bestellen", "<script>form</script>"}};
  CaseRecord record = make_case(sample);
  record.timestamp_authority = record.checkpoint_note = record.purpose = canary;
  record.checkpoint.origin = canary;
  for (CaseMail& mail : record.mails) {
    mail.subject = mail.message_id = mail.date = mail.file = mail.language = canary;
  }
  for (CaseEvent& event : record.events) {
    for (Fact& fact : event.leaf.facts) fact.value = canary;
  }
  const std::string html = dossier_html(record);
  CHECK_THAT(html, !ContainsSubstring("<script"));
  CHECK_THAT(html, !ContainsSubstring("<img"));
  CHECK_THAT(html, !ContainsSubstring("{{"));
  CHECK_THAT(html, ContainsSubstring("&lt;script&gt;alert("));
  for (const char* outward :
       {" src=", " href=", "url(", "@import", " style=", "<link", "<iframe"}) {
    INFO(outward);
    CHECK_THAT(html, !ContainsSubstring(outward));
  }
}

TEST_CASE("the policy of the page is the one of its style") {
  const std::string html = dossier_html(make_case(sample_in("en")));
  const auto begin = html.find("<style>") + 7;
  const std::string style = html.substr(begin, html.find("</style>") - begin);
  CHECK(style.size() > 1000);
  CHECK_THAT(html, ContainsSubstring("content=\"default-src 'none'; style-src 'sha256-" +
                                     to_base64(sha256(as_bytes(style))) + "'"));
  CHECK_THAT(html, ContainsSubstring("<html lang=\"en\">"));
  CHECK(count(html, "<h1>") == 1);
  CHECK(html == dossier_html(make_case(sample_in("en"))));
}

TEST_CASE("the paper holds what the page holds, and numbers its sheets") {
  for (const std::string language : {"de", "en"}) {
    const std::string text = text_of(pdf_of(make_case(sample_in(language))));
    const std::string letters = without_spaces(text);
    const bool german = language == "de";
    CHECK_THAT(text,
               ContainsSubstring(german ? "Nachweis einer Einwilligung" : "Proof of a consent"));
    CHECK_THAT(text, ContainsSubstring(german ? "1. Wer hat wem was erklärt"
                                              : "1. Who declared what to whom"));
    CHECK_THAT(letters, ContainsSubstring(german ? "DieEinwilligungkannichjederzeit"
                                                 : "Icanwithdrawmyconsentatanytime"));
    CHECK_THAT(text, ContainsSubstring(german ? "Seite 1 von 7" : "Page 1 of"));
    CHECK(count(text, "optin.sommer.example") > 7);  // the running head on each sheet
    CHECK_THAT(letters, ContainsSubstring("Anna.Muster@Example.org"));
  }
}

TEST_CASE("hashes on paper are whole, whatever line they are broken over") {
  const CaseRecord record = make_case(sample_in("en"));
  const std::string letters = without_spaces(text_of(pdf_of(record)));
  CHECK_THAT(letters, ContainsSubstring(to_hex(record.checkpoint.root)));
  const std::string leaf = to_hex(leaf_hash(record.events.front().leaf_bytes));
  CHECK_THAT(letters, ContainsSubstring(leaf.substr(0, 32)));
  CHECK_THAT(letters, ContainsSubstring(leaf.substr(45)));
  CHECK_THAT(letters, !ContainsSubstring(leaf.substr(0, 40) + "-"));
}

TEST_CASE("the same record gives the same bytes, without a date or a name of the machine") {
  const CaseRecord record = make_case(sample_in("de"));
  const std::string pdf = pdf_of(record);
  const bool same = pdf == pdf_of(record);
  CHECK(same);
  CHECK(pdf.starts_with("%PDF-1."));
  CHECK(count(pdf, "/CreationDate") == 1);
  CHECK(count(pdf, "20261130091801") == 2);  // that, and the date of the last change
  for (const char* other : {"/Author", ".ttf", "/usr/", "/tmp/"}) CHECK(count(pdf, other) == 0);
}

TEST_CASE("very long names, other scripts and many events find their place") {
  SampleCase sample = in_many_scripts("de");
  sample.later_events = 500;
  const CaseRecord record = make_case(sample);
  const std::string text = text_of(pdf_of(record));
  CHECK_THAT(text, ContainsSubstring("每周最多一次"));
  CHECK_THAT(without_spaces(text), ContainsSubstring("שלוםעולם"));
  CHECK(count(without_spaces(text), "xxxxxxxxxx") > 0);
  CHECK(count(text, "erneut angemeldet") == 500);
  CHECK_THAT(dossier_html(record), ContainsSubstring("每周最多一次"));
}

TEST_CASE("characters that no font has are counted") {
  SampleCase sample = sample_in("en");
  const auto plain = dossier_pdf(make_case(sample));
  REQUIRE(plain.ok());
  CHECK(plain->boxes == 0);
  sample.first_name = "An\U0010FFFDn\U0010FFFDa";  // the end of the private planes
  const CaseRecord record = make_case(sample);
  const auto pdf = dossier_pdf(record);
  REQUIRE(pdf.ok());
  CHECK(pdf->boxes > 0);
  CHECK(pdf->boxes == 2 * static_cast<std::size_t>(count(dossier_html(record), "n\U0010FFFDa")));
}

TEST_CASE("what has next to nothing is printed too") {
  for (const std::string language : {"de", "en", "fr", ""}) {
    CHECK(pdf_of(bare_case(language)).size() > 1000);
    CHECK_THAT(dossier_html(bare_case(language)), ContainsSubstring("</html>"));
  }
  PrintedDocument empty;
  CHECK_THAT(html_document(empty), ContainsSubstring("</html>"));
}

}  // namespace
}  // namespace jawort::testing
