// One spelling for the same files, and nothing else is read.
#include "engine/dossier/zip_file.h"

#include <random>

#include "engine/dossier/manifest.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

using namespace jawort;
using jawort::testing::take;

namespace {

DossierFiles some_files() {
  return {{"README.txt", "read me\n"}, {"form/1.json", "{}"}, {"mails/1-x.eml", ""}};
}

}  // namespace

TEST_CASE("a ZIP gives its files back") {
  const DossierFiles files = some_files();
  CHECK(take(read_zip(zip_bytes(files))) == files);
  CHECK(zip_bytes(files) == zip_bytes(files));
  // The bytes of FORMAT.md §1, spelled out for one small file.
  const std::string expected(
      "PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0\x43\xbe\xb7\xe8\x01\0\0\0\x01\0\0\0\x01\0\0\0"
      "aa"
      "PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\x21\0\x43\xbe\xb7\xe8\x01\0\0\0\x01\0\0\0\x01\0\0\0"
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
      "a"
      "PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x20\0\0\0\0\0",
      32 + 47 + 22);
  CHECK(zip_bytes({{"a", "a"}}) == expected);
}

TEST_CASE("every changed, added or missing byte of a ZIP is refused") {
  const std::string whole = zip_bytes(some_files());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int bit : {1, 0x10, 0x80}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      const auto files = read_zip(changed);
      // A changed content without its sum is found here; with it, by the manifest.
      CAPTURE(i, bit);
      CHECK(!files.ok());
    }
    CHECK(!read_zip(whole.substr(0, i)).ok());
    CHECK(!read_zip(whole.substr(0, i) + "x" + whole.substr(i)).ok());
  }
  CHECK(!read_zip(whole + "x").ok());
  CHECK(!read_zip("").ok());
}

TEST_CASE("names that lead elsewhere, and too many files, are refused") {
  for (const char* name : {"../a", "a/../b", "/a", "a//b", "a/", ".", "a b", "a\\b", "ä", ""}) {
    CAPTURE(name);
    CHECK(!valid_dossier_name(name));
    CHECK(!read_zip(zip_bytes({{name, "x"}})).ok());
  }
  CHECK(valid_dossier_name("mails/1-confirmation.eml"));
  DossierFiles many;
  for (int i = 0; i < 1001; ++i) many.emplace(std::to_string(i), "");
  CHECK(!read_zip(zip_bytes(many)).ok());
  many.erase("0");
  CHECK(read_zip(zip_bytes(many)).ok());
}

TEST_CASE("a manifest reads back, in one spelling") {
  const Manifest manifest = manifest_of(some_files(), "log.example", 17);
  CHECK(manifest.files.size() == 3);
  const std::string text = manifest_text(manifest);
  CHECK(take(parse_manifest(text)) == manifest);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    CHECK(!parse_manifest(text.substr(0, i) + "\n" + text.substr(i)).ok());
  }
  CHECK(!parse_manifest(text + text).ok());
}
