#include "engine/dossier/verify_dossier.h"
#include "engine/dossier/zip_file.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

// A stranger's file.
void dossier_zip(std::string_view bytes) {
  const auto files = read_zip(bytes);
  if (!files.ok()) return;
  promise(zip_bytes(*files) == bytes, "there is one spelling");
  promise(!files->empty() && files->size() <= kDossierFileLimit, "so many files and no more");
  for (const auto& [name, content] : *files) promise(valid_dossier_name(name), "no other names");
  promise(!verify_dossier({*files, {}, "", ""}).checks.empty(), "something is always said");
}

const Registration registered("dossier_zip", dossier_zip);

}  // namespace
}  // namespace jawort::fuzz
