#pragma once

#include "engine/app/invocation.h"

namespace jawort {

// `jawort demo`: the whole product for a newcomer, in a folder of its own, without a mail server.
// Blocks until a signal.
int run_demo(const Invocation& invocation, Console& console);

}  // namespace jawort
