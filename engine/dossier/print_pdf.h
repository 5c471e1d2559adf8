// The dossier on paper (pdf_document.h).
#pragma once

#include "engine/dossier/case_record.h"
#include "engine/dossier/pdf_document.h"

namespace jawort {

// The same record gives the same bytes on the same machine; another version of the fonts or of the
// libraries may set a line differently. Thread-safe, one at a time. Holds personal data.
// kInternal: the library could not draw it.
Result<PdfFile> dossier_pdf(const CaseRecord& record);

}  // namespace jawort
