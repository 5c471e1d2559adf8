// Whether a step of a drip campaign goes to somebody now. Reads only.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/campaign/sequence.h"
#include "engine/flow/context.h"

namespace jawort {

struct JudgedStep {
  enum class Verdict : std::uint8_t {
    kSend,
    kSkip,    // not this one; the next step is judged when it is due
    kStop,    // the sequence is over
    kPutOff,  // until `until`
  };
  Verdict verdict = Verdict::kStop;
  // Why it is held back by a rule of the gate (send_gate.h) or by "per_address", the limit of mails
  // that ask. Empty where the campaign itself says so, or all has ended.
  std::string_view reason;
  Instant until;

  EventRow begun_by;
  ContactRow contact;
  std::vector<Consent> basis;  // that the mail is about, as they stand
  std::shared_ptr<const Campaign> campaign;
  SequenceStep step;
};

Result<JudgedStep> judge_step(const Context& context, const Tables& tables,
                              const EnrolmentRow& enrolment, Instant now);

}  // namespace jawort
