// A printed document on paper.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/dossier/printed_document.h"

namespace jawort {

struct PdfFile {
  std::string bytes;
  std::size_t boxes = 0;  // characters that no installed font has, drawn as boxes
};

// PDF 1.5, A4, numbered pages, text that can be searched and copied, the chapters as bookmarks. The
// same document gives the same bytes on the same machine; other versions of fonts and libraries may
// set a line differently. Thread-safe, one at a time. kInternal: it could not be drawn.
Result<PdfFile> pdf_document(const PrintedDocument& document);

}  // namespace jawort
