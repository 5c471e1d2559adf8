// Gathers the proof of one person's consent for one purpose (PRODUCT §6). Looking at it is an event
// of its own, written and sealed before anything is gathered, so that the newest checkpoint covers
// all that the dossier shows, itself included. By indices only: the size of the log costs nothing.
#pragma once

#include <string>
#include <vector>

#include "engine/dossier/case_record.h"
#include "engine/flow/context.h"

namespace jawort {

struct DossierRequest {
  std::string email;    // of the contact; compared as EmailAddress does
  std::string purpose;  // empty: the only one there is
  std::string
      language;    // of the printed pages, "de" or "en"; empty: that of the consent, else "en"
  std::string by;  // who looks: "command"
  // Signed heads that were kept elsewhere: the dossier shows that the log goes on from them. Of
  // many the newest; kRefused: one is not of this log, or the log does not go on from it.
  std::vector<std::string> heads{};
  // Of what an erasure left (kept_proof.h), although the address is known again: 1 the newest proof
  // that is kept for the purpose, 2 the one before it. 0: the contact's own consent; where there is
  // none, the newest that is kept.
  int kept = 0;
};

// kNotFound: nobody has this address, or no consent for the purpose, or so many proofs are not
// kept. kInvalid: no purpose was named and there are several (the message lists them), or the
// address cannot be one.
Result<CaseRecord> make_dossier(const Context& context, const DossierRequest& request);

}  // namespace jawort
