#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"

namespace jawort {

int verb_apply(const Context& context, const Invocation& invocation, Console& console) {
  const auto applied = apply_definitions(context, invocation.files, invocation.dry_run);
  if (!applied.ok()) return report(console, applied.error());
  console.out(invocation.json ? applied_json(*applied) + "\n"
                              : applied_text(*applied, invocation.dry_run));
  return kExitDone;
}

}  // namespace jawort
