// What a dossier shows of the forms: the definition as it was hashed, its wording as text, and a
// page made from it to look at. Pure; thread-safe.
#pragma once

#include <vector>

#include "engine/dossier/case_record.h"
#include "engine/dossier/dossier_files.h"

namespace jawort {

struct ProofForm;

// One per version of a form that a round was bound to, in order of first use.
std::vector<ProofForm> forms_of(const CaseRecord& record);
// form/N.json (the canonical document, whose SHA-256 is the version), form/N.txt, form/N.html
void add_form_files(const CaseRecord& record, DossierFiles& files);

}  // namespace jawort
