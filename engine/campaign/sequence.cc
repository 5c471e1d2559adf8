#include "engine/campaign/sequence.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace jawort {
namespace {

using std::chrono::days;
using std::chrono::minutes;

bool has_field(const CampaignStep& step) { return step.on == "field_changed" || step.on == "date"; }

std::vector<SequenceStep> steps_of(const Campaign& campaign, std::string_view sequence,
                                   Instant anchor) {
  std::vector<SequenceStep> steps;
  for (std::size_t i = 0; i < campaign.steps.size(); ++i) {
    if (auto step = step_of(campaign, sequence, static_cast<int>(i) + 1)) steps.push_back(*step);
  }
  std::ranges::stable_sort(steps, {},
                           [&](const SequenceStep& one) { return plus(anchor, one.step->after); });
  return steps;
}

// "08:30" or "08:30:59" → minutes since midnight.
minutes minute_of(std::string_view time) {
  const auto digits = [&](std::size_t at) {
    return (time.at(at) - '0') * 10 + (time.at(at + 1) - '0');
  };
  return minutes{digits(0) * 60 + digits(3)};
}

bool within(minutes at, minutes from, minutes to) {
  return from <= to ? from <= at && at < to : at >= from || at < to;
}

}  // namespace

std::string follows(const CampaignStep& step) {
  return has_field(step) ? step.on + ":" + step.field : step.on;
}

std::vector<std::string> sequences_of(const Campaign& campaign) {
  std::vector<std::string> all;
  for (const CampaignStep& step : campaign.steps) {
    if (&step == campaign.confirmation_step() || &step == campaign.receipt_step()) continue;
    std::string sequence = follows(step);
    if (std::ranges::find(all, sequence) == all.end()) all.push_back(std::move(sequence));
  }
  return all;
}

std::optional<SequenceStep> step_of(const Campaign& campaign, std::string_view sequence,
                                    int number) {
  if (number < 1 || static_cast<std::size_t>(number) > campaign.steps.size()) return std::nullopt;
  const CampaignStep& step = campaign.steps[static_cast<std::size_t>(number) - 1];
  if (&step == campaign.confirmation_step() || &step == campaign.receipt_step()) {
    return std::nullopt;
  }
  if (follows(step) != sequence) return std::nullopt;
  return SequenceStep{number, &step};
}

std::optional<SequenceStep> first_step(const Campaign& campaign, std::string_view sequence,
                                       Instant anchor) {
  const auto steps = steps_of(campaign, sequence, anchor);
  return steps.empty() ? std::nullopt : std::optional(steps.front());
}

std::optional<SequenceStep> step_behind(const Campaign& campaign, std::string_view sequence,
                                        Instant anchor, int number) {
  const auto steps = steps_of(campaign, sequence, anchor);
  const auto found = std::ranges::find(steps, number, &SequenceStep::number);
  if (found == steps.end() || std::next(found) == steps.end()) return std::nullopt;
  return *std::next(found);
}

Instant due_at(const CampaignStep& step, Instant anchor, const TimeZone& zone) {
  return next_opening(step, plus(anchor, step.after), zone);
}

Instant next_opening(const CampaignStep& step, Instant at, const TimeZone& zone) {
  if (step.between_from.empty()) return at;
  const minutes from = minute_of(step.between_from), to = minute_of(step.between_to);
  const LocalTime local = zone.local(at);
  const minutes now = minute_of(local.time);
  if (within(now, from, to)) return at;
  // The day after is found by its noon, which no clock change reaches.
  std::string date = local.date;
  if (now >= from) {
    const auto noon = zone.moment(date, std::chrono::hours{12});
    date = zone.local(noon.value_or(at) + days{1}).date;
  }
  const auto opens = zone.moment(date, from);
  return opens ? std::max(*opens, at) : at;
}

bool holds(const CampaignStep& step, std::span<const ConsentStatus> states) {
  const auto any_in = [&](std::string_view name) {
    return std::ranges::any_of(states, [&](ConsentStatus one) { return name_of(one) == name; });
  };
  if (!step.while_state.empty() && !any_in(step.while_state)) return false;
  return step.unless_state.empty() || !any_in(step.unless_state);
}

bool stops(const CampaignStep& step, std::string_view event_type, std::string_view changed) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{{
      {"opt_in", "form_submitted"},
      {"confirmed", "consent_confirmed"},
      {"revoked", "consent_revoked"},
      {"denied", "consent_denied"},
      {"expired", "consent_expired"},
  }};
  for (const std::string& stop : step.stop_on) {
    const auto type = std::ranges::find(kTypes, stop, [](const auto& pair) { return pair.first; });
    if (type != kTypes.end() && type->second == event_type) return true;
    // Without a field of its own, any change.
    if (stop != "field_changed" || changed.empty()) continue;
    const auto names = split(changed, ' ');
    if (step.field.empty() || std::ranges::find(names, step.field) != names.end()) return true;
  }
  return false;
}

bool answers_press(const CampaignStep& step) {
  return step.on == "confirmed" && step.after == Duration{};
}

// The grades are listed from the best.
bool meets(Grade grade, std::optional<Grade> least) { return !least || grade <= *least; }

std::optional<Instant> free_again(const std::vector<RateLimit>& limits,
                                  std::span<const Instant> uses, Instant now) {
  std::optional<Instant> free;
  for (const RateLimit& limit : limits) {
    const auto count = static_cast<std::size_t>(limit.count);
    if (uses.size() < count) continue;
    // Only when this one is so long ago is there room for another.
    const Instant oldest = uses[count - 1];
    const Instant at = oldest + length_from(oldest, limit.window);
    if (at > now && (!free || at > *free)) free = at;
  }
  return free;
}

Instant oldest_use_that_counts(const std::vector<RateLimit>& limits, Instant now) {
  Instant oldest = now;
  for (const RateLimit& limit : limits) {
    // Months differ; a day more forgets nothing too early.
    oldest = std::min(oldest, now - length_from(now, limit.window) - days{3});
  }
  return oldest;
}

}  // namespace jawort
