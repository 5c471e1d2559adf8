#include "engine/flow/verify_consent.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/flow/consent_events.h"

namespace jawort {
namespace {

using Item = LedgerItem;
using Mine = std::vector<const CheckedEvent*>;

constexpr std::string_view kErased = "contact_erased";

Mine about(ConsentId id, const std::vector<CheckedEvent>& events) {
  Mine mine;
  for (const CheckedEvent& event : events) {
    if (event.leaf && std::ranges::find(event.consents, id) != event.consents.end()) {
      mine.push_back(&event);
    }
  }
  return mine;
}

// What the events may be about, where no row says it: each purpose that all of them name.
std::vector<std::string> possible_purposes(const Mine& events) {
  std::vector<std::string> purposes;
  for (const Fact& fact : events.front()->leaf->facts) {
    constexpr std::string_view kPurpose = "purpose:";
    if (!fact.name.starts_with(kPurpose)) continue;
    std::string purpose = fact.name.substr(kPurpose.size());
    const bool by_all = std::all_of(
        events.begin() + 1, events.end(),
        [&](const CheckedEvent* event) { return event->commits_to("previous:" + purpose); });
    if (by_all) purposes.push_back(std::move(purpose));
  }
  return purposes;
}

void check_chain(const Mine& events, const std::string& purpose, LedgerFindings& findings) {
  const std::string name = "previous:" + purpose;
  const CheckedEvent* before = nullptr;
  for (const CheckedEvent* event : events) {
    const SaltedValue* link = event->value(name);
    if (event->commits_to(name) != (before != nullptr)) {
      findings.add_event(Item::kChains, event->sequence,
                         before == nullptr
                             ? "commits to an earlier event of its consent, and there is none"
                             : "does not commit to the event of its consent before it, " +
                                   std::to_string(before->sequence));
    } else if (link != nullptr && before != nullptr && link->value != as_text(before->hash)) {
      findings.add_event(Item::kChains, event->sequence,
                         "commits to another event of its consent before it than event " +
                             std::to_string(before->sequence));
    }
    before = event;
  }
}

Result<Standing> folded(const Mine& events, const std::string& purpose) {
  std::vector<ConsentEvent> changes;
  for (const CheckedEvent* event : events) {
    if (auto change = consent_event(*event->leaf, purpose, event->mail)) {
      changes.push_back(std::move(*change));
    }
  }
  auto history = fold(changes);
  if (!history.ok()) return history.error();
  return Standing{current_round(history->rounds), std::move(history->renewal)};
}

// The columns of a round as text, for people.
std::vector<std::pair<std::string_view, std::string>> columns(const Round& round) {
  const auto time = [](const std::optional<Instant>& at) { return at ? rfc3339(*at) : "nothing"; };
  const auto stamp = [&](const std::optional<Stamp>& at) {
    return at ? rfc3339(at->at) : std::string("nothing");
  };
  const auto date = [](const std::optional<Stamp>& at) { return at ? at->date : "nothing"; };
  return {{"status", std::string(name_of(round.status))},
          {"grade", std::string(name_of(round.grade))},
          {"form", round.form},
          {"form_version", round.form_version},
          {"purpose_version", round.purpose_version},
          {"language", round.language},
          {"submission", std::to_string(round.submission)},
          {"mail_id", id_text(round.mail.value)},
          {"first_mail_id", id_text(round.first_mail.value)},
          {"opt_in_at", rfc3339(round.opt_in.at)},
          {"opt_in_date", round.opt_in.date},
          {"expires_at", rfc3339(round.expires_at)},
          {"mailed_at", time(round.mailed_at)},
          {"opened_at", time(round.opened_at)},
          {"confirmed_at", stamp(round.confirmed)},
          {"confirmed_date", date(round.confirmed)},
          {"revoked_at", stamp(round.revoked)},
          {"revoked_date", date(round.revoked)},
          {"revoked_by", round.revoked_by ? std::string(name_of(*round.revoked_by)) : "nothing"}};
}

// "confirmed_at is 2026-… and by the log 2026-…"; the first columns that differ.
std::string difference(const Round& row, const Round& log) {
  const auto here = columns(row);
  const auto there = columns(log);
  std::string text;
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (here[i].second == there[i].second) continue;
    text += (text.empty() ? "" : ", ") + std::string(here[i].first) + " is " + here[i].second +
            " and by the log " + there[i].second;
  }
  return text;
}

std::string difference(const std::optional<Round>& row, const std::optional<Round>& log) {
  if (!log) return "the log has no renewal that waits";
  if (!row) return "the log has a renewal that waits";
  return "of its renewal " + difference(*row, *log);
}

std::string named(ConsentId id, const Mine& events) {
  return "consent " + id_text(id.value) + " (events " + std::to_string(events.front()->sequence) +
         " to " + std::to_string(events.back()->sequence) + ")";
}

void check_row(const Consent& row, const Mine& events, LedgerFindings& findings) {
  const auto standing = folded(events, row.purpose);
  const std::string name = named(row.id, events);
  if (!standing.ok()) {
    findings.add(Item::kConsents,
                 name + ": its events do not follow from each other: " + standing.error().message);
  } else if (!standing->round) {
    findings.add(Item::kConsents, name + " has a row, and by the log it is at an end");
  } else if (row.round != *standing->round) {
    findings.add(Item::kConsents, name + ": " + difference(row.round, *standing->round));
  } else if (row.renewal != standing->renewal) {
    findings.add(Item::kConsents, name + ": " + difference(row.renewal, standing->renewal));
  }
}

// Whether the log leaves it without a row, for any purpose that it may be about.
void check_missing(ConsentId id, const Mine& events, LedgerFindings& findings) {
  const auto purposes = possible_purposes(events);
  std::string reason = "its events begin with none that names its purpose";
  for (const std::string& purpose : purposes) {
    const auto standing = folded(events, purpose);
    if (standing.ok() && !standing->round) return;
    reason = standing.ok()
                 ? "by the log it is " + std::string(name_of(standing->round->status))
                 : "its events do not follow from each other: " + standing.error().message;
  }
  findings.add(Item::kConsents, named(id, events) + " has no row, and " + reason);
}

}  // namespace

void verify_consent(ConsentId id, const Consent* row, const std::vector<CheckedEvent>& events,
                    LedgerFindings& findings) {
  const Mine mine = about(id, events);
  if (mine.empty()) return;  // none of them can be read, which was said
  if (row != nullptr) {
    check_chain(mine, row->purpose, findings);
    check_row(*row, mine, findings);
    return;
  }
  const auto purposes = possible_purposes(mine);
  if (purposes.size() == 1) check_chain(mine, purposes.front(), findings);
  // With its contact all of it went, and so did the ties of events of which nothing is kept.
  const auto erased = [](const CheckedEvent& event) {
    return event.leaf && event.leaf->type == kErased;
  };
  if (std::ranges::none_of(events, erased)) check_missing(id, mine, findings);
}

}  // namespace jawort
