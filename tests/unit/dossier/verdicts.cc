#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/file.h"
#include "engine/dossier/verify_dossier.h"
#include "engine/dossier/zip_file.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

bool is_sound(const std::string& path, const VerifierKey& key) {
  const auto bytes = read_file(path, 2 * kDossierByteLimit);
  REQUIRE(bytes.ok());
  auto files = read_zip(*bytes);
  if (!files.ok()) return false;
  VerifyRequest request;
  request.files = std::move(*files);
  request.key = key;
  return verify_dossier(request).ok();
}

}  // namespace

// Hidden, for tests/verifier: a line "NAME yes" or "NAME no" for each dossier in VERDICTS_FOLDER
// into the file VERDICTS, by the key VERDICTS_KEY. A process for each would take twenty times as
// long.
TEST_CASE("verdicts over many dossiers", "[.][verdicts]") {
  const char* folder = std::getenv("VERDICTS_FOLDER");
  const char* target = std::getenv("VERDICTS");
  const char* text = std::getenv("VERDICTS_KEY");
  if (folder == nullptr || target == nullptr || text == nullptr) return;
  const auto key = VerifierKey::parse(text);
  REQUIRE(key.ok());
  std::ofstream out(target);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const bool sound = is_sound(entry.path().string(), *key);
    out << entry.path().filename().string() << (sound ? " yes\n" : " no\n");
  }
  REQUIRE(out.good());
}

}  // namespace jawort::testing
