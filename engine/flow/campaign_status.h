// What an operator is shown of campaigns, and what they may do to one.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct CampaignStatus {
  std::string id, kind;
  Hash256 version{};
  Campaign campaign;
  std::vector<std::string> forms;  // that send it
  std::optional<Instant> paused_since;
  std::vector<EnrolmentCount> waiting;  // by version and step that comes next
  std::vector<FunnelRow> funnel;
  std::int64_t uncounted = 0;  // events that the funnel does not know yet
};

// In order of id. `waiting` reads a row per person on the way; without `numbers` it is left out,
// and the funnel too.
Result<std::vector<CampaignStatus>> list_campaigns(const Context& context);
// kNotFound. `numbers`: with `waiting` and `funnel`, after what the timer left was read.
Result<CampaignStatus> campaign_status(const Context& context, std::string_view id, bool numbers);

// Steps that are due and mails of the campaign that are queued wait; confirmation mails go on.
// Answers whether it was not so before. kNotFound; kRefused for a newsletter.
Result<bool> pause_campaign(const Context& context, std::string_view id);
// Lets them go at once.
Result<bool> resume_campaign(const Context& context, std::string_view id);

}  // namespace jawort
