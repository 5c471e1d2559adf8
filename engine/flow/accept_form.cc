#include "engine/flow/accept_form.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/check_post.h"
#include "engine/flow/compose_confirmation.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/prune_marks.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

// "scheme://host[:port]" of a URL; empty when it has none.
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

// The page's origin where it is one of the form's own; anybody can post any other.
std::string known_origin(const Context& context, const Form& form, std::string_view page) {
  const std::string origin = ascii_lower(origin_of(page));
  if (origin.empty()) return {};
  const bool ours = origin == ascii_lower(origin_of(context.settings.public_url));
  const bool allowed =
      std::ranges::find(form.allowed_origins, origin) != form.allowed_origins.end();
  return ours || allowed ? origin : std::string{};
}

// Tokens count whole seconds, so the end is rounded up to one: never shorter than promised.
Instant end_of_validity(const Context& context, const Form& form, Instant at) {
  const Instant end = plus(at, form.link_valid.value_or(context.settings.link_valid));
  return std::chrono::ceil<std::chrono::seconds>(end);
}

// One sign-up on its way into the log.
class SignUp {
 public:
  SignUp(const Context& context, const FormPost& post, const CheckedPost& checked)
      : context_(context),
        post_(post),
        checked_(checked),
        set_(context.definitions.get()),
        at_(context.clock.now()),
        expires_at_(end_of_validity(context, checked.form->form, at_)),
        address_key_(address_key(context.keys.address, checked.address->normalised())) {}

  // The mail is composed before the transaction, and whether or not it will be sent: the writer is
  // not kept waiting, and the work does not tell whether the address is known.
  Status compose() { return compose_for(checked_.purposes); }

  Status write(Tables& tables) {
    mailed_ = false;
    blocked_.reset();
    const auto denied = tables.marks().denied_until(address_key_, post_.form);
    if (!denied.ok()) return denied.error();
    if (*denied && **denied > at_) return count_denied(tables);

    JAWORT_TRY(find_contact(tables));
    JAWORT_TRY(find_consents(tables));
    const auto allowed = mail_allowed(tables);
    if (!allowed.ok()) return allowed.error();
    for (Asked& asked : asked_) decide(asked, *allowed);
    // A mail is only for rounds that begin with it: an address over its limit keeps the older link.
    const auto starting = purposes_starting();
    mailed_ = *allowed && !starting.empty();
    if (!*allowed && !asked_.empty()) blocked_ = BlockReason::kPerAddress;
    if (mailed_ && starting != composed_for_) JAWORT_TRY(compose_for(starting));

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
    Consent consent;
    std::optional<Round> round;  // the current one
    std::string purpose_version;
    bool starts_round = false;
    std::string_view outcome;  // the fact "round:PURPOSE"
  };

  Status compose_for(const std::vector<std::string>& purposes) {
    if (purposes.empty()) return {};
    const Form* form = set_->form(post_.form);
    const Campaign* campaign = form == nullptr ? nullptr : set_->campaign(form->campaign);
    const CampaignStep* step = campaign == nullptr ? nullptr : campaign->confirmation_step();
    if (step == nullptr) return configuration_error("the form's campaign has no confirmation");
    auto mail = compose_confirmation(
        context_, {context_.ids.next<MailId>(), *checked_.form, step->mail, checked_.language,
                   *checked_.address, known_origin(context_, checked_.form->form, post_.page),
                   purposes, at_, expires_at_});
    if (!mail.ok()) return mail.error();
    mail_ = std::move(*mail);
    composed_for_ = purposes;
    return {};
  }

  // "That was not me": nothing is created for a while. The count is written here and now, because a
  // post that waits for no flush would be answered sooner than others.
  Status count_denied(Tables& tables) {
    blocked_ = BlockReason::kDenied;
    return tables.blocked_posts().add(one_blocked(context_, post_.form, *blocked_));
  }

  Status find_contact(Tables& tables) {
    auto found = tables.contacts().find_by_address(checked_.address->normalised());
    if (!found.ok()) return found.error();
    if (*found) {
      contact_ = std::move(**found);
      return {};
    }
    contact_ = {context_.ids.next<ContactId>(), checked_.address->typed(),
                checked_.address->normalised(), checked_.language,
                "form:" + post_.form,           at_};
    return tables.contacts().insert(contact_);
  }

  Status find_consents(Tables& tables) {
    const auto known = tables.consents().of_contact(contact_.id);
    if (!known.ok()) return known.error();
    asked_.clear();
    for (std::size_t i = 0; i < checked_.form->purposes.size(); ++i) {
      const std::string& id = checked_.form->purposes[i].id;
      if (std::ranges::find(checked_.purposes, id) == checked_.purposes.end()) continue;
      Asked asked;
      asked.purpose_version = version_text(checked_.form->purpose_versions[i]);
      const auto existing = std::ranges::find(*known, id, &Consent::purpose);
      if (existing != known->end()) {
        asked.consent = *existing;
        asked.round = existing->round;
      } else {
        asked.consent = {context_.ids.next<ConsentId>(), contact_.id, id, {}};
      }
      asked_.push_back(std::move(asked));
    }
    return {};
  }

  // The strictest limit of any form holds for an address, whichever form is posted.
  Result<bool> mail_allowed(const Tables& tables) const {
    const auto suppression = tables.suppressions().find(address_key_);
    if (!suppression.ok()) return suppression.error();
    if (*suppression && !may_mail(MailKind::kConfirmation, (*suppression)->reason)) return false;
    const auto mails =
        tables.marks().mailed_since(address_key_, oldest_mail_that_counts(*set_, at_));
    if (!mails.ok()) return mails.error();
    for (const std::string& id : set_->form_ids()) {
      for (const RateLimit& limit : set_->form(id)->protect.per_address) {
        const Instant since = at_ - length_from(at_, limit.window);
        const auto count = std::ranges::count_if(*mails, [&](Instant at) { return at >= since; });
        if (count >= limit.count) return false;
      }
    }
    return true;
  }

  void decide(Asked& asked, bool allowed) const {
    const bool pending = asked.round && asked.round->status == ConsentStatus::kPending;
    if (asked.round && asked.round->status == ConsentStatus::kConfirmed) {
      asked.outcome = "kept_confirmed";  // a sign-up never lowers a state
    } else if (pending && !allowed) {
      asked.outcome = "kept_pending";
    } else {
      asked.starts_round = true;
      asked.outcome = "new";
    }
  }

  std::vector<std::string> purposes_starting() const {
    std::vector<std::string> purposes;
    for (const Asked& asked : asked_) {
      if (asked.starts_round) purposes.push_back(asked.consent.purpose);
    }
    return purposes;
  }

  Result<std::int64_t> record(Tables& tables) const {
    NewEvent event;
    event.type = "form_submitted";
    event.at = at_;
    event.contact = contact_.id;
    event.facts = {{"form", post_.form},
                   {"form_version", version_text(checked_.form->version)},
                   {"version_stated", checked_.version_stated ? "true" : "false"},
                   {"served", post_.served},
                   {"language", checked_.language},
                   {"date", context_.zone.local(at_).date},
                   {"zone", context_.zone.name()},
                   {"checks", checks_passed()}};
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
      event.values.push_back({"mail", id_text(mail_.id.value)});
      event.values.push_back({"mail_sha256", std::string(as_text(mail_.message_hash))});
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
      if (!asked.starts_round) continue;
      ConsentEvent event;
      event.change = ConsentChange::kOptIn;
      event.at = {at_, context_.zone.local(at_).date};
      event.mail = mailed_ ? mail_.id : MailId{};
      event.opt_in.form = post_.form;
      event.opt_in.form_version = version_text(checked_.form->version);
      event.opt_in.purpose_version = asked.purpose_version;
      event.opt_in.language = checked_.language;
      event.opt_in.submission = submission;
      event.opt_in.expires_at = expires_at_;
      auto started = jawort::advance(asked.round, event);
      if (!started.ok()) return started.error();
      asked.consent.round = std::move(*started);
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
      if (asked.starts_round) mail_.consents.push_back(asked.consent.id);
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
  std::vector<std::string> composed_for_;  // purposes that mail_ names
  ContactRow contact_;
  std::vector<Asked> asked_;
  bool mailed_ = false;
  std::optional<BlockReason> blocked_;
};

}  // namespace

Result<FormAnswer> accept_form(const Context& context, const FormPost& post) {
  const auto checked = check_post(context, post);
  if (!checked.ok()) return checked.error();
  FormAnswer answer{checked->errors, !checked->purposes.empty(), checked->language};
  if (!answer.errors.empty()) return answer;

  if (!post.honeypot.empty()) {  // answered alike, and as late; nothing but a number is stored
    JAWORT_TRY(context.store.write([&](Tables& tables) {
      return tables.blocked_posts().add(one_blocked(context, post.form, BlockReason::kHoneypot));
    }));
    show_blocked(context, post.form, BlockReason::kHoneypot);
    count_post(context, "honeypot");
    return answer;
  }

  SignUp sign_up(context, post, *checked);
  JAWORT_TRY(sign_up.compose());
  JAWORT_TRY(context.store.write_if_room([&](Tables& tables) { return sign_up.write(tables); }));
  answer.mailed = sign_up.mailed();
  if (answer.mailed) count_mail(context, context.clock.now());
  if (const auto why = sign_up.blocked(); why == BlockReason::kDenied) {
    show_blocked(context, post.form, *why);
  } else if (why) {
    count_blocked(context, post.form, *why);
  }
  count_post(context, answer.mailed ? "mailed" : "stored");
  return answer;
}

}  // namespace jawort
