#include "engine/dossier/case_items.h"

#include <algorithm>

#include "engine/campaign/word_lists.h"

namespace jawort {
namespace {

using State = ItemState;

class Judge {
 public:
  explicit Judge(const CaseRecord& record)
      : record_(record),
        round_(record.consent.round),
        submission_(event(static_cast<std::uint64_t>(round_.submission))),
        confirmation_(last("consent_confirmed")) {
    for (const CaseRound& round : record.rounds) {
      if (round.round.submission == round_.submission) shown_ = &round;
    }
    for (const CaseMail& mail : record.mails) {
      if (mail.submission == round_.submission) mail_ = &mail;
    }
  }

  std::vector<CaseItem> all() {
    address();
    time_of_post();
    form();
    wording();
    privacy_notice();
    scope();
    values();
    mail();
    attempts();
    press();
    openings();
    ip();
    checks();
    withdrawal_told();
    add(15, last("consent_revoked") != nullptr ? there() : does_not_apply("not_revoked"));
    add(16, used() ? there("uses_by_jawort") : missing("uses_not_known"));
    add(17, does_not_apply("no_changes"));
    add(18, submission_ != nullptr ? there() : missing("no_submission"));
    add(19, sealed() ? there() : missing("not_sealed"));
    const std::string_view silent = record_.timestamps_wanted ? "authority_silent" : "no_authority";
    add(20, record_.timestamp.empty() ? missing(silent) : there());
    retention();
    return std::move(items_);
  }

 private:
  struct Verdict {
    State state = State::kPresent;
    std::string_view reason;
  };
  static Verdict there(std::string_view remark = {}) { return {State::kPresent, remark}; }
  static Verdict missing(std::string_view reason) { return {State::kMissing, reason}; }
  static Verdict erased(std::string_view reason) { return {State::kErased, reason}; }
  static Verdict does_not_apply(std::string_view why) { return {State::kNotApplicable, why}; }
  void add(int number, Verdict verdict) {
    items_.push_back({number, verdict.state, std::string(verdict.reason)});
  }

  const CaseEvent* event(std::uint64_t sequence) const {
    const auto found = std::ranges::find(record_.events, sequence,
                                         [](const CaseEvent& e) { return e.leaf.sequence; });
    return found == record_.events.end() ? nullptr : &*found;
  }
  // Of the round that is judged: nothing before its form post belongs to it.
  bool of_round(const CaseEvent& e) const {
    return e.leaf.sequence >= static_cast<std::uint64_t>(round_.submission);
  }
  const CaseEvent* last(std::string_view type) const {
    const CaseEvent* found = nullptr;
    for (const CaseEvent& e : record_.events) {
      if (of_round(e) && e.leaf.type == type) found = &e;
    }
    return found;
  }
  void address() {
    if (submission_ == nullptr) return add(1, missing("no_submission"));
    if (value_in(*submission_, "email") != nullptr) return add(1, there());
    add(1, erased_in(*submission_, "email") ? erased("values_erased")
                                            : missing("address_not_recorded"));
  }

  void time_of_post() { add(2, submission_ != nullptr ? there() : missing("no_submission")); }

  void form() {
    if (submission_ == nullptr) return add(3, missing("no_submission"));
    if (shown_ == nullptr || !shown_->shown) return add(3, missing("form_not_stored"));
    if (erased_in(*submission_, "page")) return add(3, erased("values_erased"));
    if (value_in(*submission_, "page") == nullptr) return add(3, missing("page_not_sent"));
    const bool stated = submission_->leaf.fact("version_stated") != "false";
    add(3, there(stated ? "" : "version_not_stated"));
  }

  const Purpose* purpose() const { return shown_ == nullptr ? nullptr : shown_->purpose; }

  void wording() {
    if (purpose() == nullptr) return add(4, missing("form_not_stored"));
    const bool seen = submission_ != nullptr && served_by_jawort(submission_->leaf);
    add(4, there(seen ? "" : "box_not_seen"));
  }

  void privacy_notice() {
    if (shown_ == nullptr || !shown_->shown) return add(5, missing("form_not_stored"));
    const Controller& controller = shown_->shown->controller;
    const bool named = !controller.privacy_url.empty() && !controller.privacy_version.empty();
    add(5, named ? there() : missing("no_privacy_notice"));
  }

  void scope() {
    if (purpose() == nullptr) return add(6, missing("form_not_stored"));
    if (purpose()->companies.empty()) return add(6, missing("no_companies"));
    if (purpose()->products.empty()) return add(6, missing("no_products"));
    add(6, there(purpose()->frequency_max.empty() ? "not_limited" : ""));
  }

  void values() {
    if (submission_ == nullptr) return add(7, missing("no_submission"));
    const auto posted = [](std::string_view name) { return name.starts_with("field:"); };
    if (std::ranges::any_of(submission_->erased, posted)) return add(7, erased("values_erased"));
    const bool any = std::ranges::any_of(submission_->values, posted, &SaltedValue::name);
    add(7, any ? there() : does_not_apply("no_fields_posted"));
  }

  // Why there is no mail, where there is none.
  std::optional<Verdict> no_mail() const {
    if (submission_ != nullptr && erased_in(*submission_, "mail")) return erased("values_erased");
    if (mail_ == nullptr) return missing(round_.mail ? "mail_not_stored" : "no_mail_queued");
    if (mail_->file.empty()) return erased("values_erased");
    return std::nullopt;
  }

  void mail() {
    if (const auto why = no_mail()) return add(8, *why);
    add(8, there(mail_->links_cut ? "links_cut" : ""));
  }

  void attempts() {
    bool any = false, replies_lost = false;
    for (const CaseEvent& e : record_.events) {
      if (!of_round(e) || !e.leaf.type.starts_with("mail_") || e.leaf.type == "mail_dropped") {
        continue;
      }
      any = true;
      replies_lost = replies_lost || erased_in(e, "reply");
    }
    if (any) return add(9, replies_lost ? erased("replies_erased") : there());
    add(9, missing(round_.mail ? "no_attempt_yet" : "no_mail_queued"));
  }

  void press() {
    if (confirmation_ == nullptr) return add(10, does_not_apply("not_confirmed"));
    add(10, there(confirmation_->leaf.fact("by") == "click" ? "confirmed_by_click" : ""));
  }

  void openings() {
    if (last("link_opened") != nullptr) return add(11, there());
    if (confirmation_ != nullptr && confirmation_->leaf.fact("by") == "click") {
      return add(11, there("opening_confirmed"));
    }
    add(11,
        confirmation_ != nullptr ? missing("no_opening_recorded") : does_not_apply("not_opened"));
  }

  void ip() {
    if (submission_ == nullptr) return add(12, missing("no_submission"));
    std::vector<const CaseEvent*> steps = {submission_};
    if (confirmation_ != nullptr) steps.push_back(confirmation_);
    const auto gone = [](const CaseEvent* e) { return erased_in(*e, "ip"); };
    const auto kept = [](const CaseEvent* e) { return value_in(*e, "ip") != nullptr; };
    if (std::ranges::any_of(steps, gone)) return add(12, erased("ip_erased"));
    const std::string_view why = record_.ips_wanted ? "ip_not_known" : "ip_by_policy";
    add(12, std::ranges::all_of(steps, kept) ? there() : missing(why));
  }

  void checks() {
    if (submission_ == nullptr) return add(13, missing("no_submission"));
    add(13, submission_->leaf.fact("checks").empty() ? missing("no_checks") : there());
  }

  bool wording_tells_withdrawal() const {
    if (purpose() == nullptr) return false;
    const std::string& wording = text_for(purpose()->wording, round_.language);
    return !find_words(round_.language, "withdrawal", wording).empty();
  }

  // Before the declaration by its wording. Every mail that asks carries the link to leave in its
  // header (RFC 2369, 8058) and its text.
  void withdrawal_told() {
    if (wording_tells_withdrawal()) return add(14, there());
    if (const auto why = no_mail()) return add(14, *why);
    const bool told = mail_->bytes.find("\r\nList-Unsubscribe:") != std::string::npos;
    add(14, told ? there("named_in_mail_only") : missing("withdrawal_not_told"));
  }

  // By a mail of a campaign. The notice of a revocation uses nothing.
  bool used() const {
    return std::ranges::any_of(record_.events, [&](const CaseEvent& e) {
      return of_round(e) && e.leaf.type == "step_queued" && e.leaf.fact("on") != "revoked";
    });
  }

  bool sealed() const {
    const auto covered = [&](const CaseEvent& e) {
      return e.leaf.sequence <= record_.checkpoint.size;
    };
    return !record_.checkpoint_note.empty() && std::ranges::all_of(record_.events, covered);
  }

  void retention() {
    if (!record_.retention) return add(21, does_not_apply("not_confirmed"));
    add(21, there(record_.retention->of_purpose ? "kept_by_purpose" : "kept_by_rule"));
  }

  const CaseRecord& record_;
  const Round& round_;
  const CaseEvent* submission_;
  const CaseEvent* confirmation_;
  const CaseRound* shown_ = nullptr;
  const CaseMail* mail_ = nullptr;
  std::vector<CaseItem> items_;
};

}  // namespace

std::vector<CaseItem> judge_items(const CaseRecord& record) { return Judge(record).all(); }

}  // namespace jawort
