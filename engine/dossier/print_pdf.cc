#include "engine/dossier/print_pdf.h"

#include "engine/dossier/compose_dossier.h"
#include "engine/dossier/pdf_document.h"

namespace jawort {

Result<std::string> dossier_pdf(const CaseRecord& record) {
  return pdf_document(compose_dossier(record));
}

}  // namespace jawort
