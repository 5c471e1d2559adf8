#include "engine/flow/judge_step.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/address_limit.h"
#include "engine/flow/enrol.h"
#include "engine/flow/send_gate.h"

namespace jawort {
namespace {

using Verdict = JudgedStep::Verdict;

// At least so long, whatever a rule answers: a row must never be due again at once.
constexpr std::chrono::seconds kShortestWait{1};

class Judge {
 public:
  Judge(const Context& context, const Tables& tables, const EnrolmentRow& enrolment, Instant now)
      : context_(context), tables_(tables), enrolment_(enrolment), now_(now) {}

  Result<JudgedStep> judge() {
    const auto there = look();
    if (!there.ok()) return there.error();
    if (*there) {
      const auto stopped = is_stopped();
      if (!stopped.ok()) return stopped.error();
      if (!*stopped) JAWORT_TRY(decide());
    }
    return std::move(out_);
  }

 private:
  void stop() { out_.verdict = Verdict::kStop; }
  void skip(std::string_view reason = {}) {
    out_.verdict = Verdict::kSkip;
    out_.reason = reason;
  }
  void put_off(std::string_view reason, Instant until) {
    out_.verdict = Verdict::kPutOff;
    out_.reason = reason;
    out_.until = std::max(until, now_ + kShortestWait);
  }
  const CampaignStep& step() const { return *out_.step.step; }

  // False: somebody or something of it is not there any more.
  Result<bool> look() {
    auto event = tables_.events().find(enrolment_.begun_by);
    if (!event.ok()) return event.error();
    if (!*event) return false;
    out_.begun_by = std::move(**event);
    auto contact = tables_.contacts().find(out_.begun_by.contact);
    if (!contact.ok()) return contact.error();
    if (!*contact) return false;
    out_.contact = std::move(**contact);
    for (const ConsentId id : out_.begun_by.consents) {
      auto consent = tables_.consents().find(id);
      if (!consent.ok()) return consent.error();
      if (*consent) consents_.push_back(std::move(**consent));
    }
    auto campaign =
        campaign_version(context_, tables_, enrolment_.campaign, enrolment_.campaign_version);
    if (!campaign.ok()) return campaign.error();
    out_.campaign = std::move(*campaign);
    if (!out_.campaign) return false;
    const auto step = step_of(*out_.campaign, enrolment_.follows, enrolment_.step);
    if (step) out_.step = *step;
    return step.has_value();
  }

  // By what has happened since to the same consents; of a sign-up, to the person.
  Result<bool> is_stopped() const {
    if (step().stop_on.empty()) return false;
    const auto events = tables_.events().about(out_.contact.id);
    if (!events.ok()) return events.error();
    for (const EventRow& event : *events) {
      if (event.sequence <= enrolment_.begun_by) continue;
      const bool shares = std::ranges::any_of(event.consents, [&](ConsentId id) {
        return std::ranges::find(out_.begun_by.consents, id) != out_.begun_by.consents.end();
      });
      if (!shares && event.type != "form_submitted" && event.type != "consent_confirmed") continue;
      const auto leaf = decode_leaf(event.leaf);
      if (!leaf.ok()) return leaf.error();
      const std::string_view changed = leaf->fact("changed");
      if (stops(step(), shares || event.type == "form_submitted" ? event.type : "", changed)) {
        return true;
      }
    }
    return false;
  }

  Status decide() {
    if (enrolment_.follows == "opt_in") return remind();
    if (enrolment_.follows == "revoked") return tell_of_revocation();
    return mail_on_consent();
  }

  Result<bool> suppressed(MailKind kind) const {
    const auto suppression = tables_.suppressions().find(key());
    if (!suppression.ok()) return suppression.error();
    return *suppression && !may_mail(kind, (*suppression)->reason);
  }
  std::int64_t key() const {
    return address_key(context_.keys.address, out_.contact.email_normalised);
  }

  bool conditions_hold(ConsentStatus status) {
    const std::vector<ConsentStatus> states(out_.basis.size(), status);
    if (holds(step(), states)) return true;
    skip();
    return false;
  }

  // Goes while the round that was signed up for waits for its first mail, and to nobody who said
  // "that was not me".
  Status remind() {
    Instant ends{};
    for (const Consent& consent : consents_) {
      const Round* waiting = consent.waiting();
      if (waiting == nullptr || waiting->submission != enrolment_.begun_by) continue;
      if (!waiting->mail || waiting->first_mail || now_ >= waiting->expires_at) continue;
      const auto denied = tables_.marks().denied_until(key(), waiting->form);
      if (!denied.ok()) return denied.error();
      if (*denied && **denied > now_) continue;
      ends = waiting->expires_at;
      out_.basis.push_back(consent);
    }
    if (out_.basis.empty()) return {};
    if (!conditions_hold(ConsentStatus::kPending)) return {};
    const auto stopped = suppressed(MailKind::kReminder);
    if (!stopped.ok()) return stopped.error();
    if (*stopped) return skip("suppression"), Status{};
    const auto allowed = one_more_mail_allowed(*context_.definitions.get(), tables_, key(), now_);
    if (!allowed.ok()) return allowed.error();
    if (!*allowed) return skip("per_address"), Status{};
    const Instant opening = next_opening(step(), now_, context_.zone);
    if (opening >= ends) return skip("window"), Status{};
    if (opening > now_) return put_off("window", opening), Status{};
    out_.verdict = Verdict::kSend;
    return {};
  }

  Status tell_of_revocation() {
    for (const Consent& consent : consents_) {
      const Round& round = consent.round;
      const bool by_this = round.status == ConsentStatus::kRevoked && round.revoked &&
                           round.revoked->at == out_.begun_by.at;
      if (by_this) out_.basis.push_back(consent);
    }
    if (out_.basis.empty()) return {};
    if (!conditions_hold(ConsentStatus::kRevoked)) return {};
    const auto stopped = suppressed(MailKind::kRevocationNotice);
    if (!stopped.ok()) return stopped.error();
    if (*stopped) return skip("suppression"), Status{};
    out_.verdict = Verdict::kSend;
    return {};
  }

  // Steps after a confirmation go while it is the one that holds; those after a field's change or
  // by a date as long as there is one.
  Status mail_on_consent() {
    const bool by_this_press = enrolment_.follows == "confirmed";
    bool any = false;
    const auto set = context_.definitions.get();
    for (const Consent& consent : consents_) {
      const Round& round = consent.round;
      if (round.status != ConsentStatus::kConfirmed) continue;
      if (by_this_press && round.confirmed->at != out_.begun_by.at) continue;
      any = true;
      const Purpose* purpose = set->purpose(consent.purpose);
      const bool wanted = step().purpose.empty() || step().purpose == consent.purpose;
      if (wanted && purpose != nullptr && purpose->channel == "email") {
        out_.basis.push_back(consent);
      }
    }
    if (!any) return {};
    if (out_.basis.empty()) return skip(), Status{};
    const auto outdated = date_has_changed();
    if (!outdated.ok()) return outdated.error();
    if (*outdated) return {};
    if (!conditions_hold(ConsentStatus::kConfirmed)) return {};
    const auto stopped = suppressed(MailKind::kStep);
    if (!stopped.ok()) return stopped.error();
    if (*stopped) return skip("suppression"), Status{};
    return ask_for_scope();
  }

  Status ask_for_scope() {
    const auto answer =
        ask_scope(context_, tables_, {*out_.campaign, step(), out_.basis, now_, std::nullopt});
    if (!answer.ok()) return answer.error();
    switch (answer->verdict) {
      case GateAnswer::Verdict::kGo:
        out_.verdict = Verdict::kSend;
        return {};
      case GateAnswer::Verdict::kDrop:
        return skip(answer->reason), Status{};
      case GateAnswer::Verdict::kPutOff:
        return put_off(answer->reason, answer->until), Status{};
    }
    return {};
  }

  // The person has given another date since: that one began a sequence of its own.
  Result<bool> date_has_changed() const {
    if (step().on != "date") return false;
    const auto fields = tables_.contacts().fields(out_.contact.id);
    if (!fields.ok()) return fields.error();
    const auto now = std::ranges::find(*fields, step().field, &FieldValueRow::name);
    if (now == fields->end()) return true;
    return context_.zone.moment(now->value, std::chrono::minutes{0}) != enrolment_.anchor;
  }

  const Context& context_;
  const Tables& tables_;
  const EnrolmentRow& enrolment_;
  const Instant now_;
  std::vector<Consent> consents_;
  JudgedStep out_;
};

}  // namespace

Result<JudgedStep> judge_step(const Context& context, const Tables& tables,
                              const EnrolmentRow& enrolment, Instant now) {
  return Judge(context, tables, enrolment, now).judge();
}

}  // namespace jawort
