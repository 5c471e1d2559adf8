#include "engine/dossier/print_pdf.h"

#include "engine/dossier/compose_dossier.h"

namespace jawort {

Result<PdfFile> dossier_pdf(const CaseRecord& record) {
  return pdf_document(compose_dossier(record));
}

}  // namespace jawort
