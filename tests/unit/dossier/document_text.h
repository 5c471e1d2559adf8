// A printed document as plain text: what is told, without any look.
#pragma once

#include <string>

#include "engine/dossier/printed_document.h"

namespace jawort::testing {

std::string document_text(const PrintedDocument& document);

}  // namespace jawort::testing
