// Composes the mail of a step: the reminder, what a campaign mails to who has confirmed, the notice
// of a revocation.
#pragma once

#include "engine/flow/compose_mail.h"
#include "engine/flow/judge_step.h"

namespace jawort {

MailKind kind_of(const CampaignStep& step);

// REQUIRES: the verdict is kSend. As compose_mail.
Result<MailRow> compose_step(const Context& context, const JudgedStep& judged, Instant now);

}  // namespace jawort
