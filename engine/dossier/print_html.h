// The dossier as one page for a browser, and for paper.
#pragma once

#include <string>

#include "engine/dossier/case_record.h"

namespace jawort {

// One self-contained file: HTML with its style and its picture in it, without script, and with a
// Content-Security-Policy that lets it load nothing. The same record gives the same bytes.
// Thread-safe. Holds personal data.
std::string dossier_html(const CaseRecord& record);

}  // namespace jawort
