#include "engine/dossier/print_html.h"

#include "engine/dossier/compose_dossier.h"
#include "engine/dossier/html_document.h"

namespace jawort {

std::string dossier_html(const CaseRecord& record) {
  return html_document(compose_dossier(record));
}

}  // namespace jawort
