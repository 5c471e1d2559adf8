// The dossier on paper (pdf_document.h).
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/dossier/case_record.h"

namespace jawort {

// The same record gives the same bytes on the same machine; another version of the fonts or of the
// libraries may set a line differently. Thread-safe, one at a time. Holds personal data.
// kInternal: the library could not draw it.
Result<std::string> dossier_pdf(const CaseRecord& record);

}  // namespace jawort
