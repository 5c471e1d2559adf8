#include "engine/base/words.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

// Words joined by spaces, "|" for the end of a sentence.
std::string read(std::string_view text) {
  std::string all;
  for (const Word& word : words_of(text)) {
    all += (all.empty() ? "" : " ") + (word.text.empty() ? "|" : word.text);
  }
  return all;
}

bool stands_in(std::string_view phrase, std::string_view text) {
  return Phrase(phrase).find(words_of(text)).has_value();
}

TEST_CASE("words: case, hyphens, signs and what cannot be seen") {
  CHECK(read("Per E-Mail, ÄÖÜ straße – „Größe“") == "per e mail äöü straße größe");
  CHECK(read("Will\u00ADkommen bei\u00A0uns") == "willkommen bei uns");
  CHECK(read("Will\x01kommen") == "willkommen");
  CHECK(read("wasn\u2019t wasn't") == "wasn't wasn't");
  CHECK(read("a × b ÷ c") == "a b c");
  CHECK(read("") == "");
  CHECK(read("\xC3 \xE2\x80") != "x");  // not UTF-8: anything, but no crash
}

TEST_CASE("words: a full stop ends a sentence, an abbreviation does not") {
  CHECK(read("Ich kann das widerrufen. Zum Beispiel hier.") ==
        "ich kann das widerrufen | zum beispiel hier |");
  CHECK(read("z. B. per Telefon, Tel. 07071") == "z b per telefon tel 07071");
  CHECK(read("Ja! Was? Nein") == "ja | was | nein");
  CHECK(read("oder so. Ich bzw. Du. und sommer.example") ==
        "oder so | ich bzw du und sommer example");
}

TEST_CASE("phrases: stars, neighbours, places") {
  CHECK(stands_in("per e-mail*", "nur per E-Mail."));
  CHECK(stands_in("per e-mail*", "per E-Mails"));
  CHECK(stands_in("*rabatt*", "Sommerrabatte"));
  CHECK_FALSE(stands_in("rabatt", "Sommerrabatt"));
  CHECK_FALSE(stands_in("per post", "per Postfach"));
  CHECK_FALSE(stands_in("per post", "Wir sind per! Post kommt."));
  CHECK_FALSE(stands_in("so ich", "oder so. Ich auch."));
  const std::vector<Word> words = words_of("a b. A b");
  CHECK(Phrase("a b").find(words) == 0U);
  CHECK(words_of("ein Wort")[1].begin == 4);
  CHECK(words_of("ein Wort")[1].end == 8);
}

}  // namespace
}  // namespace jawort
