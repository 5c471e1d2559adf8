// What a dossier tells of a case, in the order in which a court asks (PRODUCT §6): who declared
// what to whom, the concrete declaration, both steps and the mail between them, what has come
// since, what is missing, what this proves and what it does not, and how to check it.
#pragma once

#include "engine/dossier/case_record.h"
#include "engine/dossier/printed_document.h"

namespace jawort {

// In the record's language, German or English. Pure; thread-safe.
PrintedDocument compose_dossier(const CaseRecord& record);

}  // namespace jawort
