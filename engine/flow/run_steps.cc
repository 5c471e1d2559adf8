#include "engine/flow/run_steps.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/compose_step.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/record_event.h"
#include "engine/flow/send_gate.h"

namespace jawort {
namespace {

using Verdict = JudgedStep::Verdict;

class StepRun {
 public:
  StepRun(const Context& context, const EnrolmentRow& enrolment)
      : context_(context), enrolment_(enrolment), at_(context.clock.now()) {}

  // One look, and one mail, before the transaction, which looks again.
  Status prepare() {
    JAWORT_TRY(context_.store.read([&](const Tables& tables) { return judge(tables); }));
    if (judged_.verdict != Verdict::kSend) return {};
    auto mail = compose_step(context_, judged_, at_);
    if (mail.ok()) {
      mail_ = std::move(*mail);
      composed_for_ = waiting_for();
      return {};
    }
    if (mail.error().kind == ErrorKind::kStorage) return mail.error();
    failed_ = true;
    // A template that does not render will not do so in ten seconds either.
    context_.log.error("step_not_composed", {{"campaign", std::string_view(enrolment_.campaign)},
                                             {"step", std::int64_t{enrolment_.step}},
                                             {"reason", std::string_view(mail.error().message)}});
    return {};
  }

  Status write(Tables& tables) {
    done_ = {};
    const auto row = tables.enrolments().find(enrolment_);
    if (!row.ok()) return row.error();
    if (!*row || **row != enrolment_) return {};
    JAWORT_TRY(judge(tables));
    switch (judged_.verdict) {
      case Verdict::kSend:
        if (failed_) return pass_over(tables, "not_composed");
        // Something changed meanwhile: the next round composes it anew.
        return mail_ && waiting_for() == composed_for_ ? send(tables) : Status{};
      case Verdict::kSkip:
        return pass_over(tables, judged_.reason);
      case Verdict::kStop:
        return tables.enrolments().remove(enrolment_);
      case Verdict::kPutOff:
        done_.put_off = judged_.reason;
        return move_to(tables, enrolment_.step, judged_.until);
    }
    return {};
  }

  void tell() const {
    if (!done_.withheld.empty()) count_withheld(context_, done_.withheld);
    if (!done_.put_off.empty()) count_put_off(context_, done_.put_off);
    if (!done_.queued) return;
    context_.metrics
        .counter("jawort_steps_queued_total{campaign=\"" + enrolment_.campaign + "\",step=\"" +
                     std::to_string(enrolment_.step) + "\"}",
                 "Mails of drip campaigns that were queued, by campaign and step")
        .add();
    if (mail_->kind == MailKind::kReminder) count_mail(context_, at_);
  }
  bool queued() const { return done_.queued; }

 private:
  struct Done {
    bool queued = false;
    std::string_view withheld, put_off;
  };

  Status judge(const Tables& tables) {
    auto judged = judge_step(context_, tables, enrolment_, at_);
    if (!judged.ok()) return judged.error();
    judged_ = std::move(*judged);
    return {};
  }

  // What a mail was composed about: other consents, or another waiting round, want another mail.
  std::vector<std::pair<ConsentId, std::int64_t>> waiting_for() const {
    std::vector<std::pair<ConsentId, std::int64_t>> all;
    for (const Consent& consent : judged_.basis) {
      const Round* waiting = consent.waiting();
      all.emplace_back(consent.id,
                       asks() && waiting ? waiting->submission : consent.round.submission);
    }
    return all;
  }
  bool asks() const { return kind_of(*judged_.step.step) == MailKind::kReminder; }

  NewEvent event_of(std::string_view type) const {
    NewEvent event;
    event.type = type;
    event.at = at_;
    event.contact = judged_.contact.id;
    event.facts = {{"date", context_.zone.local(at_).date},
                   {"zone", context_.zone.name()},
                   {"campaign", enrolment_.campaign},
                   {"campaign_version", version_text(enrolment_.campaign_version)},
                   {"step", std::to_string(enrolment_.step)},
                   {"on", judged_.step.step->on}};
    for (const Consent& consent : judged_.basis) {
      const Round& round = asks() ? *consent.waiting() : consent.round;
      event.facts.push_back({"purpose:" + consent.purpose, round.purpose_version});
      event.consents.push_back({consent.id, consent.purpose});
    }
    return event;
  }

  Status send(Tables& tables) {
    NewEvent event = event_of(asks() ? "reminder_queued" : "step_queued");
    event.facts.push_back({"language", mail_->language});
    event.facts.push_back({"template_version", version_text(mail_->template_version)});
    if (asks()) event.facts.push_back({"expires_at", rfc3339(mail_->expires_at)});
    event.values = values_of_mail(*mail_);
    const auto sequence = record_event(context_, tables, event);
    if (!sequence.ok()) return sequence.error();
    mail_->contact = judged_.contact.id;
    mail_->submission = *sequence;
    mail_->consents.clear();
    for (const Consent& consent : judged_.basis) mail_->consents.push_back(consent.id);
    if (asks()) JAWORT_TRY(wait_for_reminder(tables));
    JAWORT_TRY(tables.outbox().queue(*mail_, asks() ? mail_slot(context_, at_) : at_));
    if (answers_press(*judged_.step.step)) JAWORT_TRY(hurry(tables));
    done_.queued = true;
    return go_on(tables);
  }

  // From now on the round waits for this mail, and the older link is dead.
  Status wait_for_reminder(Tables& tables) {
    ConsentEvent change;
    change.change = ConsentChange::kReminded;
    change.at = {at_, context_.zone.local(at_).date};
    change.mail = mail_->id;
    JAWORT_TRY(change_consents(tables, judged_.basis, change));
    return tables.marks().mark_mailed(
        address_key(context_.keys.address, judged_.contact.email_normalised), at_);
  }

  // Somebody has just pressed, and waits for it.
  Status hurry(Tables& tables) {
    auto row = tables.outbox().find(mail_->id);
    if (!row.ok()) return row.error();
    if (!*row) return internal_error("an outbox row that was just written is not there");
    (*row)->priority = MailPriority::kPersonal;
    return tables.outbox().update(**row);
  }

  Status pass_over(Tables& tables, std::string_view reason) {
    if (!reason.empty()) {
      done_.withheld = reason;
      NewEvent event = event_of("step_withheld");
      event.facts.push_back({"reason", std::string(reason)});
      JAWORT_TRY(record_event(context_, tables, event));
    }
    return go_on(tables);
  }

  Status go_on(Tables& tables) {
    const auto next =
        step_behind(*judged_.campaign, enrolment_.follows, enrolment_.anchor, enrolment_.step);
    if (!next) return tables.enrolments().remove(enrolment_);
    return move_to(tables, next->number, due_at(*next->step, enrolment_.anchor, context_.zone));
  }

  Status move_to(Tables& tables, int step, Instant due) {
    EnrolmentRow row = enrolment_;
    row.step = step;
    row.due_at = due;
    return tables.enrolments().move(row);
  }

  const Context& context_;
  const EnrolmentRow enrolment_;
  const Instant at_;
  JudgedStep judged_;
  std::optional<MailRow> mail_;
  bool failed_ = false;  // to compose it
  std::vector<std::pair<ConsentId, std::int64_t>> composed_for_;
  Done done_;
};

// One whose history is damaged must not keep the others from their mails.
Status run_one(const Context& context, const EnrolmentRow& enrolment, bool& queued) {
  StepRun run(context, enrolment);
  Status done = run.prepare();
  if (done.ok()) {
    done = context.store.write([&](Tables& tables) { return run.write(tables); });
  }
  if (done.ok()) {
    run.tell();
    queued = queued || run.queued();
    return {};
  }
  if (done.error().kind == ErrorKind::kStorage || done.error().kind == ErrorKind::kUnavailable) {
    return done;
  }
  context.log.error("step_failed", {{"campaign", std::string_view(enrolment.campaign)},
                                    {"reason", std::string_view(done.error().message)}});
  return context.store.write([&](Tables& tables) -> Status {
    const auto row = tables.enrolments().find(enrolment);
    if (!row.ok()) return row.error();
    return *row ? tables.enrolments().remove(enrolment) : Status{};
  });
}

Result<bool> is_paused(const Tables& tables) {
  const auto pause = tables.outbox().pause();
  if (!pause.ok()) return pause.error();
  return pause->has_value();
}

}  // namespace

Result<int> run_steps(const Context& context, int limit) {
  std::vector<EnrolmentRow> due;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    due.clear();
    const auto paused = is_paused(tables);
    if (!paused.ok()) return paused.error();
    if (*paused) return {};
    auto rows = tables.enrolments().due(context.clock.now(), limit);
    if (!rows.ok()) return rows.error();
    due = std::move(*rows);
    return {};
  }));
  bool queued = false;
  for (const EnrolmentRow& enrolment : due) JAWORT_TRY(run_one(context, enrolment, queued));
  if (queued) context.mail_queued();
  return static_cast<int>(due.size());
}

Result<std::optional<Instant>> next_step_due(const Context& context) {
  std::optional<Instant> next;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    next.reset();
    const auto paused = is_paused(tables);
    if (!paused.ok()) return paused.error();
    if (*paused) return {};
    auto found = tables.enrolments().next_due();
    if (!found.ok()) return found.error();
    next = *found;
    return {};
  }));
  return next;
}

}  // namespace jawort
