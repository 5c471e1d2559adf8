// The guard at the last moment: on the address that libcurl is about to connect to, after every
// look-up and redirect. What a name said before, or says to somebody else, does not matter.
#pragma once

#include "engine/net/address_guard.h"

namespace jawort {

// Of one handle; outlives its transfers. The guard outlives it.
struct GuardedSockets {
  const AddressGuard* guard = nullptr;
  bool refused = false;  // an address was kept out
};

// `curl`: a CURL handle. From now on it opens no socket but to addresses that the guard lets
// through, asks no proxy (a proxy would connect in its place), and follows no redirect.
void guard_sockets(void* curl, GuardedSockets& sockets);

}  // namespace jawort
