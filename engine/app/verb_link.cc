#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/revoke_consent.h"

namespace jawort {

int verb_link_revoke(const Context& context, const Invocation& invocation, Console& console) {
  if (invocation.arguments.size() != 1) return report(console, invalid("name one address"));
  if (context.settings.public_url.empty()) {
    return report(console, configuration_error("[server] public_url is not set: the link's address "
                                               "is not known while no server runs"));
  }
  const auto url = revocation_link(context, invocation.arguments.front(), invocation.purpose);
  if (!url.ok()) return report(console, url.error());
  console.out(invocation.json ? url_json(*url) + "\n" : *url + "\n");
  return kExitDone;
}

}  // namespace jawort
