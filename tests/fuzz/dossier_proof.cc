#include "engine/dossier/manifest.h"
#include "engine/dossier/pack_dossier.h"
#include "engine/dossier/proof.h"
#include "engine/dossier/verify_dossier.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

// The key that signed the heads in the corpus (tests/support/world.cc): so that what comes after
// the signatures is reached.
SigningKey log_key() {
  auto key = SigningKey::from_seed("optin.sommer.example/jawort", Secret(Bytes(32, 8)));
  return std::move(*key);
}

void dossier_proof(std::string_view bytes) {
  const auto proof = parse_proof(bytes);
  if (!proof.ok()) return;
  promise(proof_json(*proof) == bytes, "there is one spelling");
  static const SigningKey kKey = log_key();
  const auto note = open_note(proof->checkpoint, {kKey.verifier()});
  const auto head = note.ok() ? parse_checkpoint(note->text) : Result<Checkpoint>(note.error());
  const auto files =
      bind_files({{std::string(kProofName), std::string(bytes)}}, kKey, head.ok() ? head->size : 0);
  const Verification result = verify_dossier({files, kKey.verifier(), "", ""});
  promise(!result.checks.empty(), "something is always said");
  promise(head.ok() || !result.ok(), "without a head of the log nothing is sound");
}

const Registration registered("dossier_proof", dossier_proof);

}  // namespace
}  // namespace jawort::fuzz
