#include "engine/app/store_verbs.h"
#include "engine/base/bytes.h"
#include "engine/flow/incoming_mail.h"

namespace jawort {
namespace {

std::string json_of(const HandledMail& done) {
  std::string out = "{\"outcome\":" + json_quote(name_of(done.outcome)) +
                    ",\"class\":" + json_quote(name_of(done.kind));
  if (!done.status.empty()) out += ",\"status\":" + json_quote(done.status);
  if (done.mail) out += ",\"mail\":" + json_quote(id_text(done.mail.value));
  return out + ",\"suppressed\":" + (done.suppressed ? "true" : "false") + "}\n";
}

std::string_view words(MailOutcome outcome) {
  switch (outcome) {
    case MailOutcome::kRecorded:
      return "recorded";
    case MailOutcome::kRevoked:
      return "revoked";
    case MailOutcome::kListed:
      return "put on the list for a human: jawort inbox list";
    case MailOutcome::kNothingNew:
      return "nothing that has to be recorded";
    case MailOutcome::kRepeated:
      return "recorded before";
    case MailOutcome::kTooOld:
      return "too old to count";
    case MailOutcome::kGone:
      return "about a mail that is gone, or whose consents are";
    case MailOutcome::kForged:
      return "its address looks like one of ours, but no key here has made it: nothing was done";
    case MailOutcome::kForeign:
      return "no address of ours stands in it: nothing was done";
  }
  return "";
}

std::string text_of(const HandledMail& done) {
  std::string out = std::string(name_of(done.kind));
  if (!done.status.empty()) out += " " + done.status;
  if (done.mail) out += ", mail " + id_text(done.mail.value);
  out += ": " + std::string(words(done.outcome));
  if (done.suppressed) out += "; the address is not mailed any more";
  return out + "\n";
}

}  // namespace

int verb_ingest_bounce(const Context& context, const Invocation& invocation, Console& console) {
  const auto mail = invocation.files.size() == 1 ? from_base64(invocation.files.front().content)
                                                 : std::optional<Bytes>();
  if (!mail) return report(console, invalid("the mail did not arrive whole"));
  const auto done = take_in_mail(context, jawort::as_text(*mail), invocation.arguments);
  if (!done.ok()) {
    (void)report(console, done.error());
    return kExitNo;
  }
  console.out(invocation.json ? json_of(*done) : text_of(*done));
  return kExitDone;
}

}  // namespace jawort
