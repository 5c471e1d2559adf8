// A printed document for a browser, and for its printer.
#pragma once

#include <string>

#include "engine/dossier/printed_document.h"

namespace jawort {

// One file that needs nothing else: HTML with its style (document.css) and its pictures (SVG) in
// it, no script, and a Content-Security-Policy that lets it load nothing. From 320 px up, light and
// dark. The same document gives the same bytes. Thread-safe.
std::string html_document(const PrintedDocument& document);

}  // namespace jawort
