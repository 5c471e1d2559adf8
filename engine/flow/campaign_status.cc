#include "engine/flow/campaign_status.h"

#include <algorithm>

#include "engine/flow/count_funnel.h"
#include "engine/flow/record_event.h"
#include "engine/flow/send_gate.h"

namespace jawort {
namespace {

constexpr int kEventsAtOnce = 2000, kMostRounds = 20, kMailsAtOnce = 200;

CampaignStatus described(const DefinitionSet& set, const Document& document,
                         const std::vector<CampaignPause>& pauses) {
  CampaignStatus status;
  status.id = document.id;
  status.version = document.version;
  status.campaign = *set.campaign(document.id);
  status.kind = status.campaign.kind;
  for (const std::string& form : set.form_ids()) {
    if (set.form(form)->campaign == document.id) status.forms.push_back(form);
  }
  const auto pause = std::ranges::find(pauses, document.id, &CampaignPause::campaign);
  if (pause != pauses.end()) status.paused_since = pause->since;
  return status;
}

Result<std::vector<CampaignPause>> pauses_of(const Context& context) {
  std::vector<CampaignPause> pauses;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto found = tables.enrolments().pauses();
    if (!found.ok()) return found.error();
    pauses = std::move(*found);
    return {};
  }));
  return pauses;
}

// What the timer has not come to yet, unless that is very much.
Status read_on(const Context& context) {
  for (int round = 0; round < kMostRounds; ++round) {
    const auto read = count_funnel(context, kEventsAtOnce);
    if (!read.ok()) return read.error();
    if (*read < kEventsAtOnce) return {};
  }
  return {};
}

Status check_drip(const Context& context, std::string_view id) {
  const auto set = context.definitions.get();
  const Campaign* campaign = set->campaign(id);
  if (campaign == nullptr) return not_found("there is no campaign \"" + std::string(id) + "\"");
  if (campaign->kind == "drip") return {};
  return refused("\"" + std::string(id) + "\" is a newsletter, and newsletters are not active yet");
}

Status record(const Context& context, Tables& tables, std::string_view type, std::string_view id) {
  NewEvent event;
  event.type = type;
  event.at = context.clock.now();
  event.facts = {{"date", context.zone.local(event.at).date}, {"campaign", std::string(id)}};
  JAWORT_TRY(record_event(context, tables, event));
  return {};
}

// Those that the gate has put off while the campaign was paused.
Status send_queued_now(const Context& context, std::string_view id) {
  for (MailId after;;) {
    std::vector<OutboxRow> rows;
    JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
      auto page = tables.outbox().page({OutboxState::kQueued}, after, kMailsAtOnce);
      if (!page.ok()) return page.error();
      rows = std::move(*page);
      for (OutboxRow row : rows) {
        if (row.kind != MailKind::kStep && row.kind != MailKind::kReminder &&
            row.kind != MailKind::kRevocationNotice) {
          continue;
        }
        const auto mail = tables.outbox().mail(row.mail);
        if (!mail.ok()) return mail.error();
        const auto of = step_of_mail(context, tables, **mail);
        if (!of.ok()) return of.error();
        if (of->campaign_id != id || row.next_at <= context.clock.now()) continue;
        row.next_at = context.clock.now();
        JAWORT_TRY(tables.outbox().update(row));
      }
      return {};
    }));
    if (rows.empty()) return {};
    after = rows.back().mail;
  }
}

Result<bool> set_pause(const Context& context, std::string_view id, bool paused) {
  bool changed = false;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    changed = false;
    const auto pauses = tables.enrolments().pauses();
    if (!pauses.ok()) return pauses.error();
    const bool is = std::ranges::find(*pauses, id, &CampaignPause::campaign) != pauses->end();
    if (is == paused) return {};
    changed = true;
    JAWORT_TRY(record(context, tables, paused ? "campaign_paused" : "campaign_resumed", id));
    return tables.enrolments().set_pause(
        id, paused ? std::optional(context.clock.now()) : std::nullopt);
  }));
  return changed;
}

}  // namespace

Result<std::vector<CampaignStatus>> list_campaigns(const Context& context) {
  const auto pauses = pauses_of(context);
  if (!pauses.ok()) return pauses.error();
  const auto set = context.definitions.get();
  std::vector<CampaignStatus> all;
  for (const Document& document : set->documents()) {
    if (document.kind == "campaign") all.push_back(described(*set, document, *pauses));
  }
  return all;
}

Result<CampaignStatus> campaign_status(const Context& context, std::string_view id, bool numbers) {
  const auto set = context.definitions.get();
  const Document* document = set->document("campaign", id);
  if (document == nullptr) return not_found("there is no campaign \"" + std::string(id) + "\"");
  const auto pauses = pauses_of(context);
  if (!pauses.ok()) return pauses.error();
  CampaignStatus status = described(*set, *document, *pauses);
  if (!numbers) return status;
  JAWORT_TRY(read_on(context));
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto waiting = tables.enrolments().counts(id);
    if (!waiting.ok()) return waiting.error();
    status.waiting = std::move(*waiting);
    auto funnel = tables.funnel().all();
    if (!funnel.ok()) return funnel.error();
    std::erase_if(*funnel, [&](const FunnelRow& row) { return row.campaign != id; });
    status.funnel = std::move(*funnel);
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    const auto counted = tables.erasures().progress(kFunnelProgress);
    if (!counted.ok()) return counted.error();
    status.uncounted = *last - *counted;
    return {};
  }));
  return status;
}

Result<bool> pause_campaign(const Context& context, std::string_view id) {
  JAWORT_TRY(check_drip(context, id));
  return set_pause(context, id, true);
}

Result<bool> resume_campaign(const Context& context, std::string_view id) {
  JAWORT_TRY(check_drip(context, id));
  const auto resumed = set_pause(context, id, false);
  if (!resumed.ok()) return resumed;
  JAWORT_TRY(send_queued_now(context, id));
  context.mail_queued();
  return resumed;
}

}  // namespace jawort
