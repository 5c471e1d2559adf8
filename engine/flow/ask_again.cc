#include "engine/flow/ask_again.h"

#include "engine/consent/email_address.h"

namespace jawort {

AskedQuestion AskAgain::judge(const ConsentLink& link, const std::vector<std::string>& reasons) {
  AskedLinks& asked = context_.shield.asked;
  const bool concerns = !reasons.empty() || typed_ || asked.reasons(link.mail->id);
  if (!concerns) return AskedQuestion::kNone;
  asked_first_ = asked.ask(link.mail->id, reasons) || asked_first_;
  reasons_ = asked.reasons(link.mail->id).value_or(reasons);
  return typed_ ? judge_address(link) : AskedQuestion::kAddress;
}

AskedQuestion AskAgain::judge_address(const ConsentLink& link) {
  if (!counted_) {  // a transaction may run twice
    over_limit_ = context_.shield.asked.count_try(link.mail->id, context_.clock.monotonic());
    counted_ = true;
  }
  if (over_limit_) {
    wait_ = *over_limit_;
    return AskedQuestion::kTooManyTries;
  }
  const auto address = EmailAddress::parse(*typed_);
  answered_ =
      address.ok() && link.contact && address->normalised() == link.contact->email_normalised;
  return answered_ ? AskedQuestion::kNone : AskedQuestion::kWrongAddress;
}

void count_asked_again(const Context& context, std::uint64_t by) {
  context.metrics
      .counter("jawort_asked_again_total",
               "Links whose press looked like a machine's, so that the address was asked for")
      .add(by);
}

}  // namespace jawort
