#include "engine/dossier/readme.h"

namespace jawort {

std::string dossier_readme(const CaseRecord& record) {
  return record.language == "de" ? "Nachweis einer Einwilligung\n" : "Proof of a consent\n";
}

}  // namespace jawort
