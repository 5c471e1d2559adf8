#include "engine/flow/sign_up.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/flow/address_limit.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/compose_confirmation.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/enrol.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

// Tokens count whole seconds, so the end is rounded up to one: never shorter than promised.
Instant end_of_validity(const Context& context, const Form& form, Instant at) {
  const Instant end = plus(at, form.link_valid.value_or(context.settings.link_valid));
  return std::chrono::ceil<std::chrono::seconds>(end);
}

}  // namespace

class SignUp::Work {
 public:
  Work(const Context& context, const FormPost& post, const CheckedPost& checked)
      : context_(context),
        post_(post),
        checked_(checked),
        set_(context.definitions.get()),
        at_(context.clock.now()),
        expires_at_(end_of_validity(context, checked.form->form, at_)),
        address_key_(address_key(context.keys.address, checked.address->normalised())) {}

  Status compose() {
    JAWORT_TRY(context_.store.read([&](const Tables& tables) { return look(tables); }));
    for (Asked& asked : asked_) decide(asked, true);
    return compose_letter(letter());
  }

  Status write(Tables& tables) {
    mailed_ = false;
    blocked_.reset();
    const auto denied = tables.marks().denied_until(address_key_, post_.form);
    if (!denied.ok()) return denied.error();
    if (*denied && **denied > at_) return count_denied(tables);

    JAWORT_TRY(look(tables));
    JAWORT_TRY(make_contact(tables));
    const auto allowed = mail_allowed(tables);
    if (!allowed.ok()) return allowed.error();
    for (Asked& asked : asked_) decide(asked, *allowed);
    // An address over its limit keeps the older link.
    const Letter wanted = letter();
    mailed_ = *allowed && !wanted.purposes.empty() && !(suppressed_ && !wanted.asks());
    if (!*allowed && !asked_.empty()) blocked_ = BlockReason::kPerAddress;
    // A tick on the preferences page that no mail answers would wait for a press that nobody can
    // make.
    if (!mailed_ && post_.by == name_of(RevokedBy::kPreferences)) return {};
    if (mailed_ && wanted != composed_) JAWORT_TRY(compose_letter(wanted));

    const auto submission = record(tables);
    if (!submission.ok()) return submission.error();
    JAWORT_TRY(start_rounds(tables, *submission));
    if (checked_.purposes.empty()) JAWORT_TRY(fill_empty_fields(tables));
    return mailed_ ? queue_mail(tables, *submission) : Status{};
  }

  bool mailed() const { return mailed_; }
  std::optional<BlockReason> blocked() const { return blocked_; }

 private:
  struct Asked {
    Consent consent;             // without ids while it, or its contact, is not there yet
    std::optional<Round> round;  // the current one
    std::string purpose_version;
    bool starts_round = false, renews = false;
    std::string_view outcome;  // the fact "round:PURPOSE"
  };

  // What is mailed: a question where a round or a renewal begins, else the news that nothing was to
  // be done.
  struct Letter {
    std::string mail;                   // the template; empty: the campaign's confirmation
    std::vector<std::string> purposes;  // none: no mail
    MailKind kind = MailKind::kConfirmation;
    bool keeps = false;  // one of them is a renewal
    bool asks() const { return kind == MailKind::kConfirmation; }
    bool operator==(const Letter&) const = default;
  };

  Letter letter() const {
    Letter question, news{"already_subscribed", {}, MailKind::kAlreadySubscribed};
    bool renewals_only = true;
    for (const Asked& asked : asked_) {
      const bool asks = asked.starts_round || asked.renews;
      (asks ? question : news).purposes.push_back(asked.consent.purpose);
      if (asked.renews) question.keeps = true;
      if (asked.starts_round) renewals_only = false;
    }
    if (question.purposes.empty()) return news;
    if (renewals_only) question.mail = news.mail;
    return question;
  }

  Status compose_letter(const Letter& letter) {
    if (letter.purposes.empty()) return {};
    std::string name = letter.mail, language = checked_.language;
    if (name.empty()) {
      const Campaign* campaign = set_->campaign_of_form(post_.form);
      const CampaignStep* step = campaign == nullptr ? nullptr : campaign->confirmation_step();
      if (step == nullptr) return configuration_error("the form's campaign has no confirmation");
      name = step->mail;
    } else {
      language = mail_language(context_, name, language);
    }
    auto mail = compose_confirmation(
        context_, {context_.ids.next<MailId>(), letter.kind, *checked_.form, name, language,
                   *checked_.address, known_origin(context_, checked_.form->form, post_.page),
                   letter.purposes, at_, expires_at_, letter.keeps});
    if (!mail.ok()) return mail.error();
    mail_ = std::move(*mail);
    composed_ = letter;
    return {};
  }

  // "That was not me": nothing is created for a while. The count is written here and now, because a
  // post that waits for no flush would be answered sooner than others.
  Status count_denied(Tables& tables) {
    blocked_ = BlockReason::kDenied;
    return tables.blocked_posts().add(one_blocked(context_, post_.form, *blocked_));
  }

  // What is known of the address and of what it asks for. Reads only.
  Status look(const Tables& tables) {
    auto found = tables.contacts().find_by_address(checked_.address->normalised());
    if (!found.ok()) return found.error();
    contact_ = *found ? std::move(**found) : ContactRow{};
    auto known = tables.consents().of_contact(contact_.id);
    if (!known.ok()) return known.error();
    asked_.clear();
    for (std::size_t i = 0; i < checked_.form->purposes.size(); ++i) {
      const std::string& id = checked_.form->purposes[i].id;
      if (std::ranges::find(checked_.purposes, id) == checked_.purposes.end()) continue;
      Asked asked;
      asked.purpose_version = version_text(checked_.form->purpose_versions[i]);
      asked.consent.purpose = id;
      const auto existing = std::ranges::find(*known, id, &Consent::purpose);
      if (existing != known->end()) {
        asked.consent = std::move(*existing);
        asked.round = asked.consent.round;
      }
      asked_.push_back(std::move(asked));
    }
    return {};
  }

  Status make_contact(Tables& tables) {
    if (!contact_.id) {
      contact_ = {context_.ids.next<ContactId>(), checked_.address->typed(),
                  checked_.address->normalised(), checked_.language,
                  "form:" + post_.form,           at_};
      JAWORT_TRY(tables.contacts().insert(contact_));
    }
    for (Asked& asked : asked_) {
      asked.consent.contact = contact_.id;
      if (!asked.consent.id) asked.consent.id = context_.ids.next<ConsentId>();
    }
    return {};
  }

  Result<bool> mail_allowed(const Tables& tables) {
    const auto suppression = tables.suppressions().find(address_key_);
    if (!suppression.ok()) return suppression.error();
    suppressed_ = suppression->has_value();
    if (*suppression && !may_mail(MailKind::kConfirmation, (*suppression)->reason)) return false;
    return one_more_mail_allowed(*set_, tables, address_key_, at_);
  }

  void decide(Asked& asked, bool allowed) const {
    const bool pending = asked.round && asked.round->status == ConsentStatus::kPending;
    asked.starts_round = asked.renews = false;
    if (asked.round && asked.round->status == ConsentStatus::kConfirmed) {
      // A sign-up never lowers a state. Under a newer wording the person is asked again beside it;
      // a page that was left open since before the change must not ask for the older one.
      asked.renews = allowed && asked.purpose_version != asked.round->purpose_version &&
                     asked.purpose_version == current_version(asked.consent.purpose);
      asked.outcome = asked.renews ? "renewal" : "kept_confirmed";
    } else if (pending && !allowed) {
      asked.outcome = "kept_pending";
    } else {
      asked.starts_round = true;
      asked.outcome = "new";
    }
  }

  std::string current_version(const std::string& purpose) const {
    const Document* document = set_->document("purpose", purpose);
    return document == nullptr ? std::string() : version_text(document->version);
  }

  Result<std::int64_t> record(Tables& tables) const {
    NewEvent event;
    event.type = "form_submitted";
    event.at = at_;
    event.contact = contact_.id;
    event.facts = {{"form", post_.form},
                   {"form_version", version_text(checked_.form->version)},
                   {"version_stated", checked_.version_stated ? "true" : "false"},
                   {"language", checked_.language},
                   {"date", context_.zone.local(at_).date},
                   {"zone", context_.zone.name()},
                   {"served", post_.served},
                   {"by", post_.by},
                   {"checks", post_.by.empty() ? checks_passed() : std::string()}};
    if (!asked_.empty()) {
      event.facts.push_back({"campaign", checked_.form->form.campaign});
      event.facts.push_back({"grade", std::string(name_of(Grade::kObserved))});
      event.facts.push_back({"expires_at", rfc3339(expires_at_)});
    }
    for (const Asked& asked : asked_) {
      event.facts.push_back({"purpose:" + asked.consent.purpose, asked.purpose_version});
      event.facts.push_back({"round:" + asked.consent.purpose, std::string(asked.outcome)});
      event.consents.push_back({asked.consent.id, asked.consent.purpose});
    }
    const std::string& normalised = checked_.address->normalised();
    event.values = {{"email", checked_.address->typed()},
                    {"email_normalised", normalised == checked_.address->typed() ? "" : normalised},
                    {"page", post_.page},
                    {"ip", ip_by_policy(post_.visit.ip, context_.settings.ip)},
                    {"user_agent", post_.visit.user_agent}};
    for (const auto& [name, value] : checked_.fields) {
      event.values.push_back({"field:" + name, value});
    }
    if (mailed_) {
      event.facts.push_back({"template_version", version_text(mail_.template_version)});
      for (PersonalValue& value : values_of_mail(mail_)) event.values.push_back(std::move(value));
    }
    return record_event(context_, tables, event);
  }

  std::string checks_passed() const {
    std::string passed = checked_.form->form.protect.honeypot.empty() ? "" : "honeypot";
    for (const std::string& check : post_.checks) passed += (passed.empty() ? "" : " ") + check;
    return passed;
  }

  Status start_rounds(Tables& tables, std::int64_t submission) {
    for (Asked& asked : asked_) {
      if (!asked.starts_round && !asked.renews) continue;
      ConsentEvent event;
      event.change = asked.renews ? ConsentChange::kRenewal : ConsentChange::kOptIn;
      event.at = {at_, context_.zone.local(at_).date};
      event.mail = mailed_ ? mail_.id : MailId{};
      event.opt_in.form = post_.form;
      event.opt_in.form_version = version_text(checked_.form->version);
      event.opt_in.purpose_version = asked.purpose_version;
      event.opt_in.language = checked_.language;
      event.opt_in.submission = submission;
      event.opt_in.expires_at = expires_at_;
      auto started = jawort::advance({asked.round, asked.consent.renewal}, event);
      if (!started.ok()) return started.error();
      asked.consent.round = std::move(*started->round);
      asked.consent.renewal = std::move(started->renewal);
      JAWORT_TRY(tables.consents().put(asked.consent));
    }
    return {};
  }

  // A lead without consent: nobody confirms it, so it may add to a contact but not overwrite it.
  Status fill_empty_fields(Tables& tables) const {
    const auto present = tables.contacts().fields(contact_.id);
    if (!present.ok()) return present.error();
    for (const auto& [name, value] : checked_.fields) {
      if (std::ranges::find(*present, name, &FieldValueRow::name) != present->end()) continue;
      JAWORT_TRY(
          tables.contacts().set_field(contact_.id, {name, value, "form:" + post_.form, at_}));
    }
    return {};
  }

  Status queue_mail(Tables& tables, std::int64_t submission) {
    mail_.contact = contact_.id;
    mail_.submission = submission;
    mail_.consents.clear();
    for (const Asked& asked : asked_) {
      const auto& purposes = composed_.purposes;
      if (std::ranges::find(purposes, asked.consent.purpose) == purposes.end()) continue;
      mail_.consents.push_back(asked.consent.id);
    }
    if (composed_.asks()) {
      JAWORT_TRY(enrol_signed_up(context_, tables, post_.form, submission, at_));
    }
    JAWORT_TRY(tables.marks().mark_mailed(address_key_, at_));
    return tables.outbox().queue(mail_, mail_slot(context_, at_));
  }

  const Context& context_;
  const FormPost& post_;
  const CheckedPost& checked_;
  std::shared_ptr<const DefinitionSet> set_;
  const Instant at_, expires_at_;
  const std::int64_t address_key_;
  MailRow mail_;
  Letter composed_;  // as which mail_ was composed
  ContactRow contact_;
  std::vector<Asked> asked_;
  bool mailed_ = false, suppressed_ = false;
  std::optional<BlockReason> blocked_;
};

SignUp::SignUp(const Context& context, const FormPost& post, const CheckedPost& checked)
    : work_(std::make_unique<Work>(context, post, checked)) {}
SignUp::~SignUp() = default;
SignUp::SignUp(SignUp&&) noexcept = default;

Status SignUp::compose() { return work_->compose(); }
Status SignUp::write(Tables& tables) { return work_->write(tables); }
bool SignUp::mailed() const { return work_->mailed(); }
std::optional<BlockReason> SignUp::blocked() const { return work_->blocked(); }

}  // namespace jawort
