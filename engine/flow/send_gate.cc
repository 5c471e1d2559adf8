#include "engine/flow/send_gate.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/enrol.h"
#include "engine/flow/mail_attempt.h"

namespace jawort {
namespace {

using Verdict = GateAnswer::Verdict;

constexpr std::chrono::hours kPausedLook{1};  // `campaign resume` lets them go at once

GateAnswer drop(std::string_view reason) { return {Verdict::kDrop, reason, {}, {}, {}}; }
GateAnswer put_off(std::string_view reason, Instant until) {
  return {Verdict::kPutOff, reason, {}, until, {}};
}

// A confirmation: does a consent still wait for this very mail? The others: is there still a
// consent that they tell of? What began after the mail was queued is none of its business.
bool is_about(const Consent& consent, const MailRow& mail) {
  const bool of_before = consent.round.submission < mail.submission;
  switch (mail.kind) {
    case MailKind::kConfirmation:
    case MailKind::kReminder:
      return consent.waiting() != nullptr && consent.waiting()->mail == mail.id;
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
    case MailKind::kReceipt:
      return consent.round.status == ConsentStatus::kConfirmed;
    case MailKind::kStep:
      return consent.round.status == ConsentStatus::kConfirmed && of_before;
    case MailKind::kRevocationNotice:
      return consent.round.status == ConsentStatus::kRevoked && of_before;
  }
  return false;
}

Result<bool> is_paused(const Tables& tables, std::string_view campaign) {
  const auto pauses = tables.enrolments().pauses();
  if (!pauses.ok()) return pauses.error();
  return std::ranges::find(*pauses, campaign, &CampaignPause::campaign) != pauses->end();
}

// The last time that the consent was used, given anew included.
Instant last_use(const Consent& consent, const std::vector<Instant>& uses) {
  const Instant given = consent.round.confirmed ? consent.round.confirmed->at : Instant{};
  return uses.empty() ? given : std::max(given, uses.front());
}

class Scope {
 public:
  Scope(const Context& context, const Tables& tables, const ScopeRequest& request)
      : set_(context.definitions.get()), context_(context), tables_(tables), request_(request) {}

  Result<GateAnswer> ask() {
    for (const Consent& consent : request_.basis) JAWORT_TRY(look_at(consent));
    if (usable_.empty()) return drop(missing_);
    if (busy_until_) return put_off("frequency", *busy_until_);
    const Instant opening = next_opening(request_.step, request_.now, context_.zone);
    if (opening > request_.now) return put_off("window", opening);
    GateAnswer go;
    if (!answers_press(request_.step)) go.uses = std::move(usable_);
    return go;
  }

 private:
  Status look_at(const Consent& consent) {
    if (consent.round.status != ConsentStatus::kConfirmed) return {};
    const Purpose* purpose = set_->purpose(consent.purpose);
    if (purpose == nullptr || purpose->channel != "email") return {};
    if (!meets(consent.round.grade, request_.campaign.least_grade)) {
      missing_ = "grade";
      return {};
    }
    auto uses = tables_.consent_uses().of(consent.id);
    if (!uses.ok()) return uses.error();
    if (request_.own_use) std::erase(*uses, *request_.own_use);
    if (purpose->idle_after &&
        plus(last_use(consent, *uses), *purpose->idle_after) < request_.now) {
      missing_ = "idle";
      return {};
    }
    usable_.push_back(consent.id);
    if (answers_press(request_.step)) return {};
    const auto free = free_again(purpose->frequency_max, *uses, request_.now);
    if (free && (!busy_until_ || *free > *busy_until_)) busy_until_ = free;
    return {};
  }

  const std::shared_ptr<const DefinitionSet> set_;
  const Context& context_;
  const Tables& tables_;
  const ScopeRequest& request_;
  std::vector<ConsentId> usable_;
  std::optional<Instant> busy_until_;
  std::string_view missing_ = "ended";
};

Result<GateAnswer> ask_step(const Context& context, const Tables& tables, const MailRow& mail,
                            const OutboxRow& row, const std::vector<Consent>& basis, Instant now) {
  const auto of = step_of_mail(context, tables, mail);
  if (!of.ok()) return of.error();
  const auto paused = is_paused(tables, of->campaign_id);
  if (!paused.ok()) return paused.error();
  if (*paused) return put_off("paused", now + kPausedLook);
  if (mail.kind != MailKind::kStep) return GateAnswer{};
  if (!of->campaign || of->step.step == nullptr) return drop("definition");
  auto answer = ask_scope(context, tables,
                          {*of->campaign, *of->step.step, basis, now,
                           row.uncertain > 0 ? row.handed_over_at : std::nullopt});
  if (!answer.ok() || answer->verdict != Verdict::kPutOff) return answer;
  return answer->until < mail.expires_at ? std::move(answer) : drop(answer->reason);
}

bool is_of_campaign(MailKind kind) {
  return kind == MailKind::kStep || kind == MailKind::kReminder ||
         kind == MailKind::kRevocationNotice;
}

void count(const Context& context, std::string_view name, std::string_view reason,
           std::string_view help) {
  context.metrics.counter(std::string(name) + "{reason=\"" + std::string(reason) + "\"}", help)
      .add();
}

}  // namespace

Result<GateAnswer> ask_gate(const Context& context, const Tables& tables, const MailRow& mail,
                            const OutboxRow& row, std::int64_t address_key, Instant now) {
  if (now >= mail.expires_at) return drop("ended");
  auto consents = consents_of(tables, mail);
  if (!consents.ok()) return consents.error();
  std::erase_if(*consents, [&](const Consent& consent) { return !is_about(consent, mail); });
  if (consents->empty()) return drop("ended");
  const auto suppression = tables.suppressions().find(address_key);
  if (!suppression.ok()) return suppression.error();
  if (*suppression && !may_mail(mail.kind, (*suppression)->reason)) {
    GateAnswer answer = drop("suppression");
    answer.suppression = (*suppression)->reason;
    return answer;
  }
  if (!is_of_campaign(mail.kind)) return GateAnswer{};
  return ask_step(context, tables, mail, row, *consents, now);
}

Result<GateAnswer> ask_scope(const Context& context, const Tables& tables,
                             const ScopeRequest& request) {
  return Scope(context, tables, request).ask();
}

Result<StepOfMail> step_of_mail(const Context& context, const Tables& tables, const MailRow& mail) {
  StepOfMail of;
  const auto event = tables.events().find(mail.submission);
  if (!event.ok()) return event.error();
  if (!*event) return of;
  const auto leaf = decode_leaf((*event)->leaf);
  if (!leaf.ok()) return leaf.error();
  of.campaign_id = leaf->fact("campaign");
  const auto version = parse_version_text(leaf->fact("campaign_version"));
  const auto number = parse_decimal(leaf->fact("step"));
  if (!version || !number) return of;
  auto campaign = campaign_version(context, tables, of.campaign_id, *version);
  if (!campaign.ok()) return campaign.error();
  of.campaign = std::move(*campaign);
  if (!of.campaign || *number < 1 || *number > of.campaign->steps.size()) return of;
  of.step = {static_cast<int>(*number), &of.campaign->steps[*number - 1]};
  return of;
}

Status note_uses(const Context& context, Tables& tables, const std::vector<ConsentId>& uses,
                 Instant at) {
  const auto set = context.definitions.get();
  for (const ConsentId id : uses) {
    const auto consent = tables.consents().find(id);
    if (!consent.ok()) return consent.error();
    if (!*consent) continue;
    const Purpose* purpose = set->purpose((*consent)->purpose);
    const Instant oldest =
        purpose == nullptr ? at : oldest_use_that_counts(purpose->frequency_max, at);
    JAWORT_TRY(tables.consent_uses().add(id, at, oldest));
  }
  return {};
}

Status take_back_uses(Tables& tables, const std::vector<ConsentId>& uses, Instant at) {
  for (const ConsentId id : uses) JAWORT_TRY(tables.consent_uses().remove(id, at));
  return {};
}

void count_withheld(const Context& context, std::string_view reason) {
  count(context, "jawort_steps_withheld_total", reason,
        "Mails of drip campaigns that were held back for good, by why");
}

void count_put_off(const Context& context, std::string_view reason) {
  count(context, "jawort_steps_put_off_total", reason,
        "Times that a mail of a drip campaign was put off, by why");
}

}  // namespace jawort
