// The part of verify_dossier that is about the events and what they commit to.
#pragma once

#include "engine/dossier/proof.h"
#include "engine/dossier/verify_dossier.h"
#include "engine/evidence/checkpoint.h"
#include "engine/evidence/leaf.h"

namespace jawort {

struct ReadEvent {
  Leaf leaf;
  Hash256 hash{};
  const ProofEvent* proof = nullptr;

  const std::string* open(std::string_view name) const;  // null: not opened
  bool commits_to(std::string_view name) const;
};

const ReadEvent* find_event(const std::vector<ReadEvent>& events, std::uint64_t sequence);

// Each adds what it found to `to`. Events stay empty when a leaf cannot be read.
std::vector<ReadEvent> check_leaves(const Proof& proof, Verification& to);
void check_values(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to);
void check_chain(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to);
void check_mails(const Proof& proof, const std::vector<ReadEvent>& events,
                 const DossierFiles& files, Verification& to);
void check_forms(const Proof& proof, const DossierFiles& files, Verification& to);
// The rounds and their stamps against the events, in both directions.
void check_rounds(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to);
// The 21 items are judged anew from the rest.
void check_items(const Proof& proof, const std::vector<ReadEvent>& events,
                 const DossierFiles& files, const Checkpoint& checkpoint, Verification& to);

// The stamps of receipt.json are those of the rounds.
void check_receipt(const Proof& proof, const DossierFiles& files, Verification& to);

}  // namespace jawort
