// Step 8: a person is erased (GDPR art. 17; PRODUCT §7.1). In one transaction consents end, the
// contact and its values go, mails that wait are dropped and all are blanked. What was once
// confirmed can be proved until its own end (kept_proof.h), unless that goes too. The leaves of the
// log stay, and so does every other person's proof.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/context.h"
#include "engine/flow/erase_values.h"

namespace jawort {

struct ErasedConsent {
  std::string purpose;
  ConsentStatus status = ConsentStatus::kPending;  // in which it ended
  std::string confirmed_date;                      // empty: never
  std::string kept_until;                          // calendar date; empty: its proof went too
};
struct ErasedContact {
  std::int64_t sequence = 0;  // of the event contact_erased
  int fields = 0;             // profile values
  std::vector<ErasedConsent> consents;
  ErasedValues gone;
  int earlier_proofs = 0;  // of an earlier erasure that went too
};

struct ErasureTerms {
  bool with_proof = false;
  std::string ground = "request";
  Instant at;                  // when it was decided
  bool recorded_anew = false;  // after the restore of an older backup
};

// kInvalid: no address. kNotFound: nobody of that address. kRefused: the person was erased already,
// and the proof that is kept was not asked for. Afterwards the log of the database still holds
// pages as they were, until Store::empty_log.
Result<ErasedContact> erase_contact(const Context& context, std::string_view email,
                                    bool with_proof);

// The same inside a transaction, by the keyed hash of the address. `contact`: who has it now,
// perhaps nobody. Nothing to erase is no error; then `sequence` is 0.
Result<ErasedContact> erase_address(const Context& context, Tables& tables,
                                    std::int64_t address_key,
                                    const std::optional<ContactRow>& contact,
                                    const ErasureTerms& terms);

}  // namespace jawort
