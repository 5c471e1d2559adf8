// The brake for confirmation mails ([limits] confirmation_mails), and its alarm.
#pragma once

#include "engine/flow/context.h"

namespace jawort {

// When a confirmation mail queued now may go; now, where the brake is off or not configured.
Instant mail_slot(const Context& context, Instant now);
// A mail was queued. Warns when that put the brake on.
void count_mail(const Context& context, Instant now);
// Says so when the brake has gone off; by the worker's timer.
void watch_brake(const Context& context);

// Once after start: takes up what was queued before it, and shows the gauge jawort_brake_engaged.
Status resume_brake(const Context& context);

}  // namespace jawort
