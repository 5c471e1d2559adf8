// README.txt of a dossier: what its files are, and how to check them.
#pragma once

#include <string>

#include "engine/dossier/case_record.h"

namespace jawort {

// Plain text, UTF-8, lines of at most 78 columns: in the record's language first, then in the other
// one. Holds no personal data.
std::string dossier_readme(const CaseRecord& record);

}  // namespace jawort
