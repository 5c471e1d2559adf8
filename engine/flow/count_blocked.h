// Posts that were blocked leave a number, not a record (PRODUCT §7.5): per day, form and reason.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// jawort_form_posts_total{outcome="…"}: every post that is answered.
void count_post(const Context& context, std::string_view outcome);

// A row that counts one post, for a flow that is in a transaction anyway.
BlockedPostRow one_blocked(const Context& context, std::string_view form, BlockReason reason);
// The metric alone: the row has been written.
void show_blocked(const Context& context, std::string_view form, BlockReason reason);
// Metric and row; the row waits in memory for write_blocked.
void count_blocked(const Context& context, std::string_view form, BlockReason reason);

// Writes what has been counted since the last call: by the worker's timer, and once at the end. A
// crash loses the counts of some seconds.
Status write_blocked(const Context& context);

}  // namespace jawort
