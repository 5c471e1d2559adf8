// A printed document on paper.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/dossier/printed_document.h"

namespace jawort {

// PDF 1.5, A4, numbered pages, text that can be searched and copied, the chapters as bookmarks. The
// same document gives the same bytes on the same machine; other versions of fonts and libraries may
// set a line differently. Thread-safe, one at a time. kInternal: it could not be drawn.
Result<std::string> pdf_document(const PrintedDocument& document);

}  // namespace jawort
