// A small case made by hand: one sign-up, mailed, opened, confirmed, in a log of its own.
#pragma once

#include <string>
#include <vector>

#include "engine/dossier/case_record.h"
#include "engine/evidence/signed_note.h"

namespace jawort::testing {

inline constexpr const char* kLogName = "ledger.sommer.example";

SigningKey log_key(std::uint8_t seed = 1);

struct EventDraft {
  std::string type;
  std::vector<Fact> facts;
  std::vector<SaltedValue> values;  // salts are made
};

// Leaves, commitments, links and proofs of inclusion, among others' leaves; and a signed head.
void put_into_log(CaseRecord& record, std::vector<EventDraft> drafts);

// As make_dossier would gather it.
CaseRecord made_case();

}  // namespace jawort::testing
