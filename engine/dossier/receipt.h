// The consent as a machine-readable record.
#pragma once

#include <string>

#include "engine/dossier/case_record.h"

namespace jawort {

// JSON-LD in the terms of the W3C Data Privacy Vocabulary (DPV 2), with the fields of ISO/IEC TS
// 27560:2023. Holds personal data.
std::string receipt_json(const CaseRecord& record);

}  // namespace jawort
