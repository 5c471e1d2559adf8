// How far people came, by campaign, form and step: numbers read off the log by the timer, behind
// it, so that no form post waits for them and nobody has to be looked through. Nothing of the
// people, and nothing of what they do with a mail but press its buttons.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

inline constexpr std::string_view kFunnelProgress = "funnel";

// Reads at most `limit` events on from where it ended, and adds them to table `funnel` and to the
// metrics. Answers how many it read.
Result<int> count_funnel(const Context& context, int limit);

}  // namespace jawort
