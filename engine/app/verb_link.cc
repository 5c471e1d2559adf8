#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/change_preferences.h"
#include "engine/flow/revoke_consent.h"

namespace jawort {

Error no_public_url() {
  return configuration_error(
      "[server] public_url is not set: the link's address is not known while no server runs");
}

int verb_link(const Context& context, const Invocation& invocation, Console& console) {
  if (invocation.arguments.size() != 1) return report(console, invalid("name one address"));
  if (context.settings.public_url.empty()) {
    return report(console, no_public_url());
  }
  const auto link = invocation.verb == "link revoke" ? revocation_link : preferences_link;
  const auto url = link(context, invocation.arguments.front(), invocation.purpose);
  if (!url.ok()) return report(console, url.error());
  console.out(invocation.json ? url_json(*url) + "\n" : *url + "\n");
  return kExitDone;
}

}  // namespace jawort
