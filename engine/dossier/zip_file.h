// The dossier as one file: a ZIP archive (PKWARE APPNOTE 6.3) with one spelling for the same files,
// to the byte as in FORMAT.md §1: stored, sorted by name, no times. Any program opens it; a
// changed byte anywhere in it, also between the files, is found, and nothing has to be unpacked to
// be read. Pure; thread-safe.
#pragma once

#include "engine/dossier/dossier_files.h"

namespace jawort {

// REQUIRES: valid names, and no more than the limits of dossier_files.h
std::string zip_bytes(const DossierFiles& files);

// kInvalid for whatever zip_bytes does not write.
Result<DossierFiles> read_zip(std::string_view bytes);

}  // namespace jawort
