#include "engine/dossier/readme.h"

#include "engine/base/embedded.h"

namespace jawort {
namespace {

std::string_view in_language(std::string_view language) {
  const std::string path = "readme." + std::string(language) + ".txt";
  for (const EmbeddedFile& file : embedded_dossier()) {
    if (file.path == path) return file.content;
  }
  return {};
}

}  // namespace

std::string dossier_readme(const CaseRecord& record) {
  const bool german = record.language.starts_with("de");
  return std::string(in_language(german ? "de" : "en")) + "\n" + std::string(78, '-') + "\n\n" +
         std::string(in_language(german ? "en" : "de"));
}

}  // namespace jawort
