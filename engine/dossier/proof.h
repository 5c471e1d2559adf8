// proof.json: what a machine checks of a dossier, and all that it needs for it. FORMAT.md §3 says
// every member; there is one spelling (RFC 8785), so that it can be changed in no byte unnoticed.
// Holds personal data. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/consent/consent.h"
#include "engine/dossier/case_record.h"
#include "engine/evidence/value_pack.h"

namespace jawort {

inline constexpr std::string_view kProofName = "proof.json";
inline constexpr std::size_t kGrowthLimit = 64;

struct ProofEvent {
  Bytes leaf;
  std::vector<Hash256> inclusion;
  std::vector<SaltedValue> open;
  std::vector<std::string> erased, withheld;
};

struct ProofMail {
  std::string file;  // empty: the bytes are gone
  std::string kind;
  std::uint64_t submission = 0;
  Hash256 hash{};  // of what went out
  bool links_cut = false, cut_committed = false;
};

struct ProofForm {
  std::string file;  // empty: not stored any more
  std::string version, purpose_version;
};

// An earlier head of the log, and that the log of this dossier goes on from it.
struct ProofGrowth {
  std::string checkpoint;  // signed note
  std::vector<Hash256> consistency;
};

struct Proof {
  std::string made_at, zone, purpose, email;
  std::string checkpoint;                // signed note
  std::vector<std::string> keys;         // of the log, as VerifierKey::text, oldest first
  std::vector<std::string> key_history;  // signed notes, engine/evidence/key_history.h
  Bytes timestamp;                       // RFC 3161 TimeStampResp; may be empty
  std::vector<ProofGrowth> growth;
  std::vector<ProofEvent> events;
  std::vector<ProofMail> mails;
  std::vector<ProofForm> forms;  // one per version that a round was bound to
  std::vector<Round> rounds;     // oldest first; Round::mail is not kept
  std::string renewal_of;        // submission of a renewal that waits, in decimal; else empty
  std::vector<CaseItem> items;
};

Proof proof_of(const CaseRecord& record);
std::string proof_json(const Proof& proof);
// kInvalid for whatever proof_json does not write.
Result<Proof> parse_proof(std::string_view json);

}  // namespace jawort
