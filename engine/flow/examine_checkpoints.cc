#include "engine/flow/examine_checkpoints.h"

#include <algorithm>

namespace jawort {
namespace {

struct Place {
  std::string setting, name;  // the name as in checkpoint_sent
  std::optional<Duration> every;
};

std::vector<Place> places_of(const LedgerSettings& settings) {
  std::vector<Place> places;
  if (!settings.checkpoint_file.empty()) places.push_back({"checkpoint_file", "file", {}});
  if (!settings.checkpoint_url.empty()) places.push_back({"checkpoint_url", "url", {}});
  if (settings.mail_officer) places.push_back({"mail_officer", "mail", settings.mail_officer});
  if (!settings.timestamp_url.empty()) {
    places.push_back({"timestamp_url", "", settings.timestamp_every});
  }
  return places;
}

Result<std::optional<CheckpointSentRow>> sent_to(const Tables& tables, const Place& place) {
  if (!place.name.empty()) return tables.checkpoints().sent(place.name);
  const auto stamped = tables.checkpoints().last_timestamped();
  if (!stamped.ok()) return stamped.error();
  if (!*stamped) return std::optional<CheckpointSentRow>{};
  return std::optional(CheckpointSentRow{(*stamped)->size, (*stamped)->at});
}

Result<ExaminedPlace> examine(const Tables& tables, const Place& place, std::int64_t newest) {
  const auto sent = sent_to(tables, place);
  if (!sent.ok()) return sent.error();
  ExaminedPlace found{place.setting, {}, {}, {}};
  if (*sent) {
    found.sent_size = (*sent)->size;
    found.sent_at = (*sent)->at;
    if ((*sent)->size >= newest) return found;
  }
  const auto missed = tables.checkpoints().first_covering(*sent ? (*sent)->size + 1 : 1);
  if (!missed.ok()) return missed.error();
  if (!*missed) return found;
  found.waits_since = (*missed)->at;
  if (*sent && place.every) {
    found.waits_since = std::max(*found.waits_since, plus((*sent)->at, *place.every));
  }
  return found;
}

}  // namespace

Result<ExaminedCheckpoints> examine_checkpoints(const Context& context) {
  ExaminedCheckpoints found;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto newest = tables.checkpoints().last();
    if (!newest.ok()) return newest.error();
    if (!*newest) return {};
    found.size = (*newest)->size;
    for (const Place& place : places_of(context.settings.ledger)) {
      auto examined = examine(tables, place, found.size);
      if (!examined.ok()) return examined.error();
      found.places.push_back(std::move(*examined));
    }
    return {};
  }));
  return found;
}

}  // namespace jawort
