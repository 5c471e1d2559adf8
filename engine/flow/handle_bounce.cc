#include "engine/flow/handle_bounce.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/evidence/leaf.h"
#include "engine/flow/compose_mail.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/mail_attempt.h"
#include "engine/queue/soft_bounces.h"

namespace jawort {
namespace {

constexpr std::string_view kBounced = "message_bounced", kComplained = "message_complained";

bool counts(ReportClass kind) {
  switch (kind) {
    case ReportClass::kHard:
    case ReportClass::kSoft:
    case ReportClass::kOurFault:
    case ReportClass::kComplaint:
      return true;
    case ReportClass::kDelayed:
    case ReportClass::kDelivered:
    case ReportClass::kNotSpam:
    case ReportClass::kAutoReply:
    case ReportClass::kUnknown:
      return false;
  }
  return false;
}

// The events about a contact, as far as they say what became of its mails.
class MailHistory {
 public:
  static Result<MailHistory> read(const Tables& tables, ContactId contact, Instant since) {
    const auto events = tables.events().about(contact);
    if (!events.ok()) return events.error();
    MailHistory history;
    for (const EventRow& event : *events) {
      if (event.at >= since) JAWORT_TRY(history.add(tables, event));
    }
    return history;
  }

  bool has_recorded(MailId mail, std::string_view kind) const {
    return std::ranges::any_of(
        reports_, [&](const Report& report) { return report.mail == mail && report.kind == kind; });
  }

  std::vector<SoftBounce> soft_bounces(const TimeZone& zone) const {
    std::vector<SoftBounce> out;
    for (const Report& report : reports_) {
      if (report.kind == name_of(ReportClass::kSoft)) {
        out.push_back({report.at, zone.local(report.at).date});
      }
    }
    return out;
  }

  // A mail that did not come back, or a person at one of its links.
  std::optional<Instant> last_delivery(Instant now) const {
    std::optional<Instant> last = seen_;
    for (const auto& [mail, at] : handed_over_) {
      const bool came_back = std::ranges::any_of(
          reports_, [id = mail](const Report& report) { return report.mail == id; });
      if (came_back || now - at < kSoftBounces.settled_in) continue;
      last = std::max(last, std::optional(at));
    }
    return last;
  }

 private:
  struct Report {
    MailId mail;
    Instant at;
    std::string kind;
  };

  Status add(const Tables& tables, const EventRow& event) {
    if (event.type == "link_opened" || event.type == "consent_confirmed") {
      seen_ = std::max(seen_, std::optional(event.at));
      return {};
    }
    const bool report = event.type == kBounced || event.type == kComplained;
    if (!report && event.type != "mail_handed_over") return {};
    const auto mail = mail_of(tables, event.sequence);
    if (!mail.ok()) return mail.error();
    if (!report) {
      handed_over_[*mail] = event.at;
      return {};
    }
    const auto leaf = decode_leaf(event.leaf);
    if (!leaf.ok()) return leaf.error();
    reports_.push_back({*mail, event.at, std::string(leaf->fact("class"))});
    return {};
  }

  static Result<MailId> mail_of(const Tables& tables, std::int64_t sequence) {
    const auto values = tables.events().values(sequence);
    if (!values.ok()) return values.error();
    const auto mail = std::ranges::find(*values, "mail", &EventValueRow::name);
    if (mail == values->end()) return MailId{};
    return MailId{parse_id_text(mail->value).value_or(0)};
  }

  std::map<MailId, Instant> handed_over_;
  std::vector<Report> reports_;
  std::optional<Instant> seen_;
};

// One report in one transaction. Runs again where its group of writes does.
class ReportedMail {
 public:
  ReportedMail(const Context& context, const TokenContent& token, const MailReport& report)
      : context_(context), token_(token), report_(report), now_(context.clock.now()) {}

  Status write(Tables& tables) {
    done_ = {MailOutcome::kGone, report_.kind, report_.status, MailId{token_.id}};
    JAWORT_TRY(look(tables));
    if (!mail_ || consents_.empty()) return {};
    const auto handed_over = tables.outbox().find(mail_->id);
    if (!handed_over.ok()) return handed_over.error();
    const auto since = *handed_over ? (*handed_over)->handed_over_at : std::nullopt;
    // What never went cannot come back.
    if (!since) return {};
    const bool complaint = report_.kind == ReportClass::kComplaint;
    if (now_ - *since > (complaint ? kComplaintWithin : kBounceWithin)) {
      done_.outcome = MailOutcome::kTooOld;
      return {};
    }
    auto history = MailHistory::read(tables, mail_->contact, *since - kSoftBounces.within);
    if (!history.ok()) return history.error();
    if (history->has_recorded(mail_->id, name_of(report_.kind))) {
      done_.outcome = MailOutcome::kRepeated;
      return {};
    }
    done_.outcome = MailOutcome::kRecorded;
    const auto reason = suppression(*history);
    JAWORT_TRY(record(tables, reason));
    if (reason) {
      JAWORT_TRY(tables.suppressions().put(address_key_, {*reason, now_}));
      done_.suppressed = true;
    }
    return complaint ? end(tables) : Status{};
  }

  const HandledMail& done() const { return done_; }

 private:
  Status look(const Tables& tables) {
    consents_.clear();
    auto mail = tables.outbox().mail(MailId{token_.id});
    if (!mail.ok()) return mail.error();
    mail_ = std::move(*mail);
    // As for links: made under the key that the mail was queued with.
    if (mail_ && (mail_->token_key != token_.key || mail_->recipient.empty())) mail_.reset();
    if (!mail_) return {};
    address_key_ = address_key(context_.keys.address, ascii_lower(mail_->recipient));
    auto consents = consents_of(tables, *mail_);
    if (!consents.ok()) return consents.error();
    consents_ = std::move(*consents);
    return {};
  }

  std::optional<SuppressionReason> suppression(const MailHistory& history) const {
    switch (report_.kind) {
      case ReportClass::kHard:
        return SuppressionReason::kHardBounce;
      case ReportClass::kComplaint:
        return SuppressionReason::kComplaint;
      case ReportClass::kSoft: {
        auto bounces = history.soft_bounces(context_.zone);
        bounces.push_back({now_, context_.zone.local(now_).date});
        const bool often = bounced_too_often(bounces, history.last_delivery(now_), now_);
        return often ? std::optional(SuppressionReason::kHardBounce) : std::nullopt;
      }
      case ReportClass::kOurFault:
      case ReportClass::kDelayed:
      case ReportClass::kDelivered:
      case ReportClass::kNotSpam:
      case ReportClass::kAutoReply:
      case ReportClass::kUnknown:
        return std::nullopt;
    }
    return std::nullopt;
  }

  Status record(Tables& tables, const std::optional<SuppressionReason>& reason) {
    const bool complaint = report_.kind == ReportClass::kComplaint;
    NewEvent event = mail_event(complaint ? kComplained : kBounced, *mail_, consents_, now_);
    event.facts = {{"class", std::string(name_of(report_.kind))},
                   {"status", report_.status},
                   {"suppressed", reason ? std::string(name_of(*reason)) : std::string()}};
    event.values.push_back(
        {"reply", without_tokens(report_.reason, tokens_of_mail(context_, *mail_))});
    JAWORT_TRY(record_event(context_, tables, event));
    return {};
  }

  // The consents that the mail was about: who complains wants no more of it.
  Status end(Tables& tables) {
    TokenContent token = token_;
    token.kind = TokenKind::kRevoke;
    auto link = follow_token(tables, token);
    if (!link.ok()) return link.error();
    std::vector<Consent> consents;
    for (const LinkedConsent& linked : link->consents) consents.push_back(linked.consent);
    auto ended =
        end_consents(context_, tables, *link, consents, RevokedBy::kComplaint, Visit{}, now_);
    if (!ended.ok()) return ended.error();
    done_.ended = *ended;
    return {};
  }

  const Context& context_;
  const TokenContent token_;
  const MailReport& report_;
  const Instant now_;
  std::optional<MailRow> mail_;
  std::vector<Consent> consents_;
  std::int64_t address_key_ = 0;
  HandledMail done_;
};

}  // namespace

std::string_view name_of(MailOutcome outcome) {
  switch (outcome) {
    case MailOutcome::kRecorded:
      return "recorded";
    case MailOutcome::kRevoked:
      return "revoked";
    case MailOutcome::kListed:
      return "listed";
    case MailOutcome::kNothingNew:
      return "nothing_new";
    case MailOutcome::kRepeated:
      return "repeated";
    case MailOutcome::kTooOld:
      return "too_old";
    case MailOutcome::kGone:
      return "gone";
    case MailOutcome::kForged:
      return "forged";
    case MailOutcome::kForeign:
      return "foreign";
  }
  return "";
}

Result<HandledMail> handle_bounce(const Context& context, const TokenContent& token,
                                  const MailReport& report) {
  if (!counts(report.kind)) {
    return HandledMail{MailOutcome::kNothingNew, report.kind, report.status, MailId{token.id}};
  }
  ReportedMail reported(context, token, report);
  JAWORT_TRY(context.store.write([&](Tables& tables) { return reported.write(tables); }));
  const HandledMail& done = reported.done();
  count_ended(context, done.ended);
  if (report.kind == ReportClass::kOurFault && done.outcome == MailOutcome::kRecorded) {
    const std::string mail = id_text(done.mail.value);
    context.log.error("mail_refused_for_what_we_are",
                      {{"mail", std::string_view(mail)},
                       {"status", std::string_view(done.status)},
                       {"advice",
                        "a receiving server refuses our mails: see the dossier or Bounces in "
                        "OPERATING.md; jawort check"}});
  }
  return done;
}

}  // namespace jawort
