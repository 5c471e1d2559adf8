// All files of a dossier from what was gathered, bound by the signed manifest.
#pragma once

#include "engine/dossier/case_record.h"
#include "engine/dossier/dossier_files.h"

namespace jawort {

// With the manifest, signed by `key`. Anybody's bytes can be put in: what is true of them is for
// make_dossier to see to.
DossierFiles bind_files(DossierFiles files, const SigningKey& key, std::uint64_t checkpoint_size);

// What a machine checks of it: proof.json, the forms, the mails.
DossierFiles checked_files(const CaseRecord& record);

struct PackedDossier {
  std::string zip;        // its bytes
  std::size_t boxes = 0;  // characters that the PDF shows as boxes (pdf_document.h)
};

// With the pages for reading. The same record gives the same bytes. kInternal: a page cannot be
// made, or all of it is larger than a dossier may be.
Result<PackedDossier> pack_dossier(const CaseRecord& record, const SigningKey& key);

}  // namespace jawort
