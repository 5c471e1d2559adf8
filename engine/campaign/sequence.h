// The rules of drip campaigns (PRODUCT §5): which steps follow an event, when each is due, and what
// stops them. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/time_zone.h"
#include "engine/campaign/definitions.h"
#include "engine/consent/consent.h"

namespace jawort {

// What a step follows: "opt_in", "confirmed", "revoked", "field_changed:NAME", "date:NAME". The
// steps of a campaign that follow the same are one sequence.
std::string follows(const CampaignStep& step);
// Every sequence of the campaign, once each. Without the confirmation mail and the receipt, which
// go in ways of their own.
std::vector<std::string> sequences_of(const Campaign& campaign);

struct SequenceStep {
  int number = 0;  // in the campaign, from 1, as definitions count
  const CampaignStep* step = nullptr;
};
// The step of this number where it belongs to the sequence; nothing else.
std::optional<SequenceStep> step_of(const Campaign& campaign, std::string_view sequence,
                                    int number);
// In order of when they are due, then of their number: the first, and the one behind another.
// `anchor`: from when `after` counts.
std::optional<SequenceStep> first_step(const Campaign& campaign, std::string_view sequence,
                                       Instant anchor);
std::optional<SequenceStep> step_behind(const Campaign& campaign, std::string_view sequence,
                                        Instant anchor, int number);

// `after` from the anchor on, then the next moment at which the step may go.
Instant due_at(const CampaignStep& step, Instant anchor, const TimeZone& zone);
// `at` where it lies in the step's `between` (the end is not part of it; a window may pass
// midnight), else when the window opens next. A wall clock that skips the opening opens it at that
// moment.
Instant next_opening(const CampaignStep& step, Instant at, const TimeZone& zone);

// `while`: one of the consents is in that state; `unless`: none is.
bool holds(const CampaignStep& step, std::span<const ConsentStatus> states);
// Whether an event of this type stops the sequence at this step (`stop_on`). `changed`: the fields
// that it changed, separated by spaces.
bool stops(const CampaignStep& step, std::string_view event_type, std::string_view changed);

// The mail answers the press itself: no use of the consent that its frequency counts.
bool answers_press(const CampaignStep& step);
bool meets(Grade grade, std::optional<Grade> least);

// When a consent that was used at these times (newest first) may be used again; nothing: now.
std::optional<Instant> free_again(const std::vector<RateLimit>& limits,
                                  std::span<const Instant> uses, Instant now);
// Before which uses no limit needs to know.
Instant oldest_use_that_counts(const std::vector<RateLimit>& limits, Instant now);

}  // namespace jawort
