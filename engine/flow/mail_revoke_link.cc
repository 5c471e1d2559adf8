#include "engine/flow/mail_revoke_link.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/compose_mail.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

constexpr std::string_view kMail = "unsubscribe";  // event type: unsubscribe_requested
constexpr std::chrono::hours kOnceIn{24};

class Request {
 public:
  Request(const Context& context, const UnsubscribePost& post, EmailAddress typed)
      : context_(context),
        post_(post),
        typed_(std::move(typed)),
        set_(context.definitions.get()),
        at_(context.clock.now()),
        address_key_(address_key(context.keys.address, typed_.normalised())) {}

  // Before the transaction, and for every address alike: one look, and one mail. Where there is
  // nobody, a mail that will not go names the first purpose there is.
  Status prepare() {
    JAWORT_TRY(context_.store.read([&](const Tables& tables) { return look(tables); }));
    return compose();
  }

  Status write(Tables& tables) {
    mailed_ = false;
    JAWORT_TRY(look(tables));
    const auto why = withheld(tables);
    if (!why.ok()) return why.error();
    blocked_ = *why;
    // A post that waits for no flush would be answered sooner than others.
    if (blocked_) {
      return tables.blocked_posts().add(one_blocked(context_, kUnsubscribePage, *blocked_));
    }
    if (purposes_ != composed_for_) JAWORT_TRY(compose());
    mailed_ = true;
    return queue_mail(tables);
  }

  bool mailed() const { return mailed_; }
  std::optional<BlockReason> blocked() const { return blocked_; }

 private:
  Status look(const Tables& tables) {
    auto contact = tables.contacts().find_by_address(typed_.normalised());
    if (!contact.ok()) return contact.error();
    contact_ = std::move(*contact);
    consents_.clear();
    purposes_.clear();
    if (!contact_) return {};
    auto consents = tables.consents().of_contact(contact_->id);
    if (!consents.ok()) return consents.error();
    for (Consent& consent : *consents) {
      if (consent.round.status != ConsentStatus::kConfirmed) continue;
      purposes_.push_back(consent.purpose);
      consents_.push_back(std::move(consent));
    }
    return {};
  }

  // Why no mail goes; nothing: it goes.
  Result<std::optional<BlockReason>> withheld(const Tables& tables) const {
    if (consents_.empty()) return std::optional(BlockReason::kNothingToRevoke);
    const auto suppression = tables.suppressions().find(address_key_);
    if (!suppression.ok()) return suppression.error();
    if (*suppression && !may_mail(MailKind::kUnsubscribe, (*suppression)->reason)) {
      return std::optional(BlockReason::kPerAddress);
    }
    const auto events = tables.events().about(contact_->id);
    if (!events.ok()) return events.error();
    const bool lately = std::ranges::any_of(*events, [&](const EventRow& event) {
      return event.type == "unsubscribe_requested" && at_ - event.at < kOnceIn;
    });
    return lately ? std::optional(BlockReason::kPerAddress) : std::nullopt;
  }

  Status compose() {
    static const Controller kNobody;
    const auto language = mail_language(context_, kMail, post_.language);
    std::vector<std::string> names = purposes_;
    if (names.empty()) names.emplace_back();
    View view;
    std::vector<View> list;
    for (const std::string& name : names) {
      const Purpose* purpose = set_->purpose(name);
      View item;
      item.set("id", name);
      item.set("label", purpose == nullptr ? name : text_for(purpose->label, language));
      list.push_back(std::move(item));
    }
    set_moment(view, "opt_in", context_.zone.local(at_), language);
    view.set("purposes", std::move(list));
    const auto to = contact_ ? EmailAddress::parse(contact_->email) : Result<EmailAddress>(typed_);
    if (!to.ok()) return internal_error("a contact's address cannot be read");
    const Controller* controller = set_->controller();
    auto mail = compose_mail(
        context_, {context_.ids.next<MailId>(), MailKind::kUnsubscribe, std::string(kMail),
                   language, *to, at_, plus(at_, context_.settings.link_valid), std::move(view),
                   controller == nullptr ? kNobody : *controller, false});
    if (!mail.ok()) return mail.error();
    mail_ = std::move(*mail);
    composed_for_ = purposes_;
    return {};
  }

  Status queue_mail(Tables& tables) {
    NewEvent event;
    event.type = "unsubscribe_requested";
    event.at = at_;
    event.contact = contact_->id;
    event.facts = {{"date", context_.zone.local(at_).date},
                   {"zone", context_.zone.name()},
                   {"language", mail_.language},
                   {"template_version", version_text(mail_.template_version)}};
    for (const Consent& consent : consents_) {
      event.facts.push_back({"purpose:" + consent.purpose, consent.round.purpose_version});
      event.consents.push_back({consent.id, consent.purpose});
    }
    event.values = {{"ip", ip_by_policy(post_.visit.ip, context_.settings.ip)},
                    {"user_agent", post_.visit.user_agent}};
    for (PersonalValue& value : values_of_mail(mail_)) event.values.push_back(std::move(value));
    const auto sequence = record_event(context_, tables, event);
    if (!sequence.ok()) return sequence.error();
    mail_.contact = contact_->id;
    mail_.submission = *sequence;
    mail_.consents.clear();
    for (const Consent& consent : consents_) mail_.consents.push_back(consent.id);
    return tables.outbox().queue(mail_, mail_slot(context_, at_));
  }

  const Context& context_;
  const UnsubscribePost& post_;
  const EmailAddress typed_;
  std::shared_ptr<const DefinitionSet> set_;
  const Instant at_;
  const std::int64_t address_key_;
  std::optional<ContactRow> contact_;
  std::vector<Consent> consents_;  // those to revoke
  std::vector<std::string> purposes_, composed_for_;
  MailRow mail_;
  bool mailed_ = false;
  std::optional<BlockReason> blocked_;
};

}  // namespace

Result<UnsubscribeAnswer> mail_revoke_link(const Context& context, const UnsubscribePost& post) {
  auto address = EmailAddress::parse(post.email);
  if (!address.ok()) return UnsubscribeAnswer{};
  Request request(context, post, std::move(*address));
  JAWORT_TRY(request.prepare());
  JAWORT_TRY(context.store.write([&](Tables& tables) { return request.write(tables); }));
  if (request.mailed()) count_mail(context, context.clock.now());
  if (request.blocked()) show_blocked(context, kUnsubscribePage, *request.blocked());
  return UnsubscribeAnswer{true, request.mailed()};
}

}  // namespace jawort
