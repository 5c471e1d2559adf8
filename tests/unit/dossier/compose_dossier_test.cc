#include "engine/dossier/compose_dossier.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "engine/base/embedded.h"
#include "engine/base/text.h"
#include "engine/dossier/case_items.h"
#include "engine/dossier/dossier_words.h"
#include "tests/support/catch.h"
#include "tests/support/world.h"
#include "tests/unit/dossier/document_text.h"
#include "tests/unit/dossier/sample_case.h"

namespace jawort::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string told(const CaseRecord& record) { return document_text(compose_dossier(record)); }

SampleCase in_language(const std::string& language) {
  SampleCase sample;
  sample.language = sample.form_language = language;
  return sample;
}

// JAWORT_WRITE_GOLDEN=1 writes it anew; look at the difference before it is committed.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = "tests/golden/" + name;
  if (std::getenv("JAWORT_WRITE_GOLDEN") != nullptr) std::ofstream(source_path(path)) << text;
  CHECK(text == source_file(path));
}

TEST_CASE("a dossier tells a case from the first step to the last, in two languages") {
  for (const std::string language : {"de", "en"}) {
    check_golden("dossier.confirmed." + language + ".txt", told(make_case(in_language(language))));
  }
}

TEST_CASE("a dossier names what is missing and what was erased, in two languages") {
  for (const std::string language : {"de", "en"}) {
    SampleCase sample = in_language(language);
    sample.revoked = true;
    sample.timestamp = sample.version_stated = false;
    sample.served = "pasted";
    sample.by = "click";
    sample.erased = {"ip", "reply", "email", "field:first_name", "mail"};
    check_golden("dossier.erased." + language + ".txt", told(make_case(sample)));
    check_golden("dossier.bare." + language + ".txt", told(bare_case(language)));
  }
}

TEST_CASE("each declaration for a purpose is told, the one that stands first") {
  const std::string text = told(case_of_several_rounds("en"));
  CHECK_THAT(text, ContainsSubstring("There are 3 declarations for this purpose."));
  CHECK_THAT(text, ContainsSubstring("# 13. Other declarations for this purpose"));
  CHECK_THAT(text, ContainsSubstring("## Declaration 1 of 2: withdrawn"));
  CHECK_THAT(text, ContainsSubstring("## Declaration 2 of 2: confirmed"));
  CHECK_THAT(text, ContainsSubstring("New version of the consent confirmed, 2028-03-28"));
}

TEST_CASE("for another channel than e-mail it says what the press does not prove") {
  SampleCase sample = in_language("de");
  sample.purpose = "phone";
  const std::string text = told(make_case(sample));
  CHECK_THAT(text, ContainsSubstring("für Telefonanruf angegeben wurde"));
  CHECK_THAT(text, ContainsSubstring("nicht die Nummer oder Anschrift (BGH"));
  CHECK_THAT(told(make_case(in_language("de"))), !ContainsSubstring("(BGH"));
}

TEST_CASE("it claims nothing that was not recorded") {
  SampleCase sample = in_language("en");
  sample.confirmed = false;
  const std::string pending = told(make_case(sample));
  CHECK_THAT(pending, ContainsSubstring("A consent is therefore not proved."));
  CHECK_THAT(pending, !ContainsSubstring("Grade of the proof: observed"));
  CHECK_THAT(pending, !ContainsSubstring("Whoever confirmed had access"));

  sample = in_language("en");
  sample.served = "json";
  const std::string elsewhere = told(make_case(sample));
  CHECK_THAT(elsewhere, !ContainsSubstring("The box was not ticked beforehand: whoever"));
}

// In the two languages, what has to stand there and what must not.
struct Said {
  const char* language;
  std::vector<std::string> there, not_there;
};

void check_said(SampleCase sample, const std::vector<Said>& all,
                const std::function<void(CaseRecord&)>& change = {}) {
  for (const Said& said : all) {
    INFO(said.language);
    sample.language = sample.form_language = said.language;
    CaseRecord record = make_case(sample);
    if (change) change(record);
    const std::string text = told(record);
    for (const std::string& part : said.there) CHECK_THAT(text, ContainsSubstring(part));
    for (const std::string& part : said.not_there) CHECK_THAT(text, !ContainsSubstring(part));
  }
}

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

TEST_CASE("where Jawort is not known to have shown the form, nothing is said of its box") {
  SampleCase sample;
  for (const char* served : {"json", ""}) {
    sample.served = served;
    check_said(
        sample,
        {{"de",
          {"Ob ein Kästchen vorab angekreuzt war, ist ebenfalls nicht bekannt",
           "Kästchen am Anfang: nicht bekannt (!)", "* Anmeldung empfangen",
           "wo und wie der Wortlaut gezeigt wurde"},
          {"Baustein", "fremde", "mit angekreuztem", "war nicht vorab", "Kästchen angekreuzt,"}},
         {"en",
          {"Whether a box was ticked beforehand is not known either",
           "where and how the wording was shown"},
          {"snippet", "somebody else's", "with the box ticked", "was not ticked"}}});
  }
  for (const char* served : {"pasted", "script"}) {
    sample.served = served;
    check_said(sample, {{"de",
                         {"nach Angabe des Absenders auf einer fremden Seite",
                          "Wie es ausgeliefert wurde: nach Angabe des Absenders",
                          "wie die fremde Seite das Formular zeigte"},
                         {"mit angekreuztem", "war nicht vorab"}},
                        {"en",
                         {"How it was served: as the sender states",
                          "How the page really showed it, Jawort did not see.",
                          "how the other page showed the form"},
                         {"with the box ticked", "The box was not ticked beforehand"}}});
  }
  for (const char* served : {"hosted", "iframe"}) {
    sample.served = served;
    check_said(sample, {{"de", {"Das Kästchen war nicht vorab angekreuzt"}, {"Absenders"}},
                        {"en", {"The box was not ticked beforehand"}, {"sender states"}}});
  }
}

TEST_CASE("where opening the link confirmed, openings are not called idle") {
  SampleCase sample;
  sample.by = "click";
  check_said(sample, {{"de", {"bestätigte schon das Öffnen"}, {"Das Öffnen des Links ist keine"}},
                      {"en", {"opening the link was what confirmed"}, {"is no declaration"}}});
  sample.openings = 0;
  check_said(sample, {{"de", {"Außer dem Öffnen, das bestätigte"}, {"ist keine Öffnung"}},
                      {"en", {"Beside the opening that confirmed"}, {"No opening before"}}});
}

TEST_CASE("of the enclosed mail it is said what can be recomputed") {
  const auto commit_to_it = [](CaseRecord& record) { record.mails.front().cut_committed = true; };
  check_said({},
             {{"de",
               {"Diese Fassung ist genau die aufgezeichnete", "den geheimen Teil der Links"},
               {"Links, die noch gelten", "durch Nachrechnen"}},
              {"en",
               {"exactly what was recorded: its hash (mail_cut_sha256)"},
               {"Links that still work", "by recomputing that"}}},
             commit_to_it);
  check_said({}, {{"de", {"durch Nachrechnen, dass"}, {"genau die aufgezeichnete"}},
                  {"en", {"by recomputing that"}, {"exactly what was recorded"}}});
}

TEST_CASE("a sign-up without a mail has no link, and what came before is not since") {
  check_said({}, {{"de", {}, {"Link gültig bis"}}, {"en", {}, {"Link valid until"}}},
             [](CaseRecord& record) {
               for (CaseEvent& event : record.events) {
                 std::erase_if(event.leaf.commitments,
                               [](const Commitment& one) { return one.name == "mail"; });
               }
             });
  check_said(
      {},
      {{"de",
        {"Link gültig bis", "kein weiteres Ereignis verzeichnet, auch kein",
         "Ereignisse aus der Zeit davor"},
        {}},
       {"en", {"Link valid until", "no further event is recorded", "Events from before that"}, {}}},
      [](CaseRecord& record) {  // asked for a link to withdraw while it was pending
        record.events.at(1).leaf.type = "unsubscribe_requested";
      });
}

TEST_CASE("an erasure is told with its ground") {
  SampleCase sample;
  sample.erased = {"ip", "email"};
  sample.erasure = true;
  check_said(
      sample,
      {{"de",
        {"Daten der Person gelöscht: 24.11.2026", "Grund: auf Verlangen der Person",
         "bestätigt, beendet durch Löschung am 24.11.2026", "Die Einwilligung endete am 24.11.2026",
         "eingetippt: gelöscht am 24.11.2026", "gelöscht, Grund: Ende der Frist für IP-Adressen",
         "der Nachweis bleibt bis zu seinem eigenen Ende"},
        {}},
       {"en",
        {"ground: at the request of the person", "confirmed, ended by erasure on 2026-11-24",
         "The consent ended on 2026-11-24", "erased, ground: end of the period for IP addresses"},
        {}}});
}

TEST_CASE("the end of the retention is told as a date where it is known") {
  check_said({},
             {{"de", {"Frist von 36 Monaten, gerechnet vom Ende der Einwilligung"}, {"endet am"}},
              {"en", {"36 months, counted from the end of the consent"}, {"ends on"}}});
  check_said({},
             {{"de", {"endet am 31.12.2029 (Frist von 36 Monaten"}, {"gerechnet vom Ende"}},
              {"en", {"ends on 2029-12-31 (a", "by the general rule"}, {"counted from the end"}}},
             [](CaseRecord& record) {
               record.retention->until = *parse_rfc3339("2029-12-31T23:00:00.000Z");
             });
}

TEST_CASE("a press before any mail server had the mail shows no access to the mailbox") {
  SampleCase sample;
  sample.handed_over = false;
  check_said(sample,
             {{"de",
               {"noch kein Mailserver die E-Mail mit dem Link angenommen", "Stufe sagt nur",
                "dass Zugang zum Postfach hatte, wer bestätigte"},
               {"Wer bestätigte, hatte Zugang", "die höchste Stufe", "Über das Postfach"}},
              {"en",
               {"no mail server had accepted the e-mail with the link", "the grade only says",
                "that whoever confirmed had access to the mailbox:"},
               {"Whoever confirmed had access", "the highest grade", "Through the mailbox"}}});
  CHECK(count(told(make_case(sample)), "Vorsicht: ") == 3);  // in sections 1, 6 and 7
}

TEST_CASE("where the mailbox is not shown, no other sentence says that it is") {
  SampleCase sample;
  sample.purpose = "phone";
  const std::vector<Said> said = {
      {"de",
       {"wer die Person ist.\n", "angegeben wurde, dieser Person gehört.\n"},
       {"Belegt ist das Postfach", "belegt die Adresse", "ging diese E-Mail"}},
      {"en", {"who the person is.\n"}, {"shown is the mailbox", "it proves the address"}}};
  sample.handed_over = false;
  check_said(sample, said);
  sample.handed_over = true;
  sample.confirmed = false;
  check_said(sample, said);
  sample.confirmed = true;
  check_said(sample, {{"de", {"Belegt ist das Postfach", "belegt die Adresse"}, {}},
                      {"en", {"shown is the mailbox", "it proves the address"}, {}}});
}

TEST_CASE("a hand-over after the press is none before it") {
  check_said({},
             {{"de", {"noch kein Mailserver"}, {"hatte Zugang zu der E-Mail"}},
              {"en", {"no mail server had accepted"}, {"Whoever confirmed had access"}}},
             [](CaseRecord& record) {  // the accepted attempt goes to the end
               std::rotate(record.events.begin() + 2, record.events.begin() + 3,
                           record.events.end());
               std::uint64_t sequence = record.events.front().leaf.sequence;
               for (CaseEvent& event : record.events) event.leaf.sequence = sequence++;
             });
}

TEST_CASE("a press that looks like a machine's is told with its signals") {
  SampleCase sample;
  sample.suspicious = "pressed_after_mail opened_by_scanners_only a_later_rule";
  const std::vector<Said> said = {
      {"de",
       {"Zeit seit der Übergabe der E-Mail: 1 min 52 s", "letzten Öffnen des Links: 17 s",
        "als jemand liest\n      der Link wurde nur von Prüfprogrammen geöffnet\n      "
        "a_later_rule (!)",
        "dass ein Mensch bestätigt hat"},
       {"Wer bestätigte, hatte Zugang", "die höchste Stufe", "Über das Postfach"}},
      {"en",
       {"Time since the link was last opened: 17 s", "than anybody reads",
        "that a human being confirmed"},
       {"Whoever confirmed had access", "the highest grade", "Through the mailbox"}}};
  check_said(sample, said);
  sample.suspicious.clear();
  sample.pressed_by = "scanner";
  check_said(sample, {{"de", {"Prüfprogramms"}, said[0].not_there},
                      {"en", {"marks of a scanner"}, said[1].not_there}});
  check_said({}, {{"de", {"die höchste Stufe", "Merkmale eines Programms: keine"}, {"Vorsicht"}},
                  {"en", {"highest grade", "Whoever confirmed had access"}, {"Caution"}}});
}

TEST_CASE("that the address was asked for is told, and the doubt stays") {
  SampleCase sample;
  sample.suspicious = "scanner_pressed";
  check_said(
      sample,
      {{"de",
        {"erst als sie richtig eingegeben war", "Ein erster Druck trug Merkmale",
         "beim ersten Druck, der nicht galt: ein bekanntes Prüfprogramm bestätigte",
         "dass ein Mensch bestätigt hat: Ein erster Druck"},
        {"Die Bestätigung trägt Merkmale"}},
       {"en",
        {"did the confirmation count", "of the first press, which did not count: a known scanner"},
        {"the confirmation has marks"}}},
      [](CaseRecord& record) {
        record.events.back().leaf.facts.push_back({"asked_again", "address"});
      });
  check_said({}, {{"de", {}, {"Nachfrage"}}, {"en", {}, {"Asked again"}}});
}

TEST_CASE("where a link to the event before is erased, the dossier says where the gap is") {
  check_said({},
             {{"de",
               {"außer vielleicht unmittelbar vor Nr. 1044, 1046",
                "vor den Ereignissen Nr. 1044, 1046 nichts ausgelassen"},
               {"ist nichts ausgelassen: Jedes"}},
              {"en", {"except perhaps right before No. 1044, 1046"}, {"left out: each"}}},
             [](CaseRecord& record) {
               record.events.at(2).erased = {"previous:another"};
               for (const std::size_t i : {3, 5}) {
                 record.events.at(i).erased = {"previous:newsletter"};
               }
             });
}

TEST_CASE("a clock that was set back is told, and the time line goes by the log") {
  const auto set_back = [](CaseRecord& record) {
    CaseEvent& press = record.events.back();
    press.leaf.at = record.events.front().leaf.at - std::chrono::hours(1);
    for (Round* round : {&record.rounds.front().round, &record.consent.round}) {
      round->confirmed->at = press.leaf.at;
    }
  };
  check_said({},
             {{"de", {"zwar bei den Ereignissen Nr. 1046.", "dass die Uhrzeiten richtig"}, {}},
              {"en", {"at the events No. 1046 the times", "that the times are right"}, {}}},
             set_back);
  CaseRecord record = make_case({});
  set_back(record);
  const std::string text = told(record);
  CHECK(count(text, "Vorsicht, Uhrzeiten") == 2);
  CHECK(text.find("* Formular abgesendet") < text.find("* Einwilligung bestätigt, 23.11.2026"));
  CHECK_THAT(text, !ContainsSubstring("(+ -"));

  record = make_case({});
  record.made_at = record.checkpoint.at - std::chrono::hours(24 * 400);
  CHECK_THAT(told(record), ContainsSubstring("Der Prüfpunkt trägt eine spätere Zeit"));
  CHECK_THAT(told(make_case({})), !ContainsSubstring("Uhr des Betreibers"));
}

TEST_CASE("all later events are told") {
  SampleCase sample = in_language("de");
  sample.later_events = 500;
  const std::string text = told(make_case(sample));
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("blieb es", at)) != std::string::npos; ++at) ++count;
  CHECK(count == 500);
}

// The names in braces, in order of the alphabet.
std::vector<std::string> places(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string_view::npos; ++at) {
    names.emplace_back(text.substr(at, text.find('}', at) - at + 1));
  }
  std::ranges::sort(names);
  return names;
}

TEST_CASE("both languages have the same texts with the same places") {
  std::map<std::string, std::vector<std::string>> keys;
  for (const EmbeddedFile& file : embedded_dossier()) {
    if (!file.path.ends_with(".toml")) continue;
    for (const std::string_view line : split(file.content, '\n')) {
      const auto equals = line.find(" = \"");
      if (equals == std::string_view::npos || line.front() == '#') continue;
      keys[std::string(file.path)].emplace_back(line.substr(0, equals));
    }
  }
  REQUIRE(keys.size() == 2);
  CHECK(keys["texts.de.toml"] == keys["texts.en.toml"]);
  for (const std::string& key : keys["texts.de.toml"]) {
    INFO(key);
    const auto german = dossier_texts().find(key, "de");
    CHECK_FALSE(german.empty());
    CHECK(places(german) == places(dossier_texts().find(key, "en")));
  }
}

TEST_CASE("no text is there in vain, and none is missing") {
  std::string sources;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("engine/dossier"))) {
    if (entry.path().extension() != ".cc") continue;
    sources += source_file("engine/dossier/" + entry.path().filename().string());
  }
  for (const std::string& key : dossier_texts().keys()) {
    INFO(key);
    bool used = sources.find("\"" + key + "\"") != std::string::npos;
    // What comes out of a record is the end of a key: "event_" + type.
    for (std::size_t at = key.find('_'); at != std::string::npos; at = key.find('_', at + 1)) {
      used = used || sources.find("\"" + key.substr(0, at + 1) + "\"") != std::string::npos;
    }
    CHECK(used);
  }
  // A text that is missing prints as nothing: no particular without a label.
  for (const std::string language : {"de", "en"}) {
    for (const CaseRecord& record : {make_case(in_language(language)), bare_case(language),
                                     case_of_several_rounds(language)}) {
      CHECK_THAT(told(record), !ContainsSubstring("\n  : "));
    }
  }
}

TEST_CASE("every name of the rules has its words") {
  const auto all = [](std::string_view prefix, auto last) {
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      const std::string key =
          std::string(prefix) + std::string(name_of(static_cast<decltype(last)>(i)));
      INFO(key);
      CHECK(dossier_texts().keys().contains(key));
    }
  };
  all("state_", ConsentStatus::kExpired);
  all("summary_", ConsentStatus::kExpired);
  all("grade_", Grade::kStaff);
  all("grade_means_", Grade::kStaff);
  all("revoked_by_", RevokedBy::kApi);
  for (const std::string_view reason : kItemReasons) {
    INFO(reason);
    CHECK(dossier_texts().keys().contains("reason_" + std::string(reason)));
  }
}

TEST_CASE("what makes a print lie is spelled out") {
  CHECK(fit_for_print("a\xE2\x80\xAE"
                      "b\x07\xFF\r\nc\td") == "a[U+202E]b[U+0007]\uFFFD\nc\td");
  CHECK(fit_for_print("Ja – „gut“ 日本") == "Ja – „gut“ 日本");
  SampleCase sample = in_language("de");
  sample.user_agent =
      "Mozilla\xE2\x80\xAE"
      "evil";
  CHECK_THAT(told(make_case(sample)), ContainsSubstring("Mozilla[U+202E]evil"));
}

}  // namespace
}  // namespace jawort::testing
