#include "engine/app/record_json.h"
#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"

namespace jawort {
namespace {

constexpr std::chrono::seconds kWaitForReaders{3};

}  // namespace

int verb_contact_erase(const Context& context, const Invocation& invocation, Console& console) {
  const auto erased = erase_contact(context, invocation.arguments.front(), invocation.with_proof);
  if (!erased.ok()) {
    // Whatever was typed: there is nobody of that name.
    const bool none = erased.error().kind == ErrorKind::kInvalid;
    return report(console, none ? not_found("no such contact") : erased.error());
  }
  context.mail_queued();  // the scheduler forgets what it was about to send
  const auto emptied = context.store.empty_log(kWaitForReaders);
  if (!emptied.ok()) return report(console, emptied.error());
  console.out(invocation.json ? erased_json(*erased, *emptied) + "\n"
                              : erased_text(*erased, *emptied));
  return kExitDone;
}

}  // namespace jawort
