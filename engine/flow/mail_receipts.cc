#include "engine/flow/mail_receipts.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/compose_mail.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/record_event.h"

namespace jawort {
namespace {

constexpr std::string_view kMail = "receipt";  // event type: receipt_queued

bool wants_receipt(const DefinitionSet& set, std::string_view form_id) {
  const Campaign* campaign = set.campaign_of_form(form_id);
  return campaign != nullptr && campaign->receipt_step() != nullptr;
}

// What a receipt tells of, as it stands in the tables.
struct Confirmed {
  EventRow event;
  std::optional<ContactRow> contact;
  std::vector<Consent> consents;  // those still confirmed by this press
};

Result<Confirmed> look_up(const Tables& tables, std::int64_t confirmation) {
  Confirmed found;
  auto event = tables.events().find(confirmation);
  if (!event.ok()) return event.error();
  if (!*event) return found;
  found.event = std::move(**event);
  auto contact = tables.contacts().find(found.event.contact);
  if (!contact.ok()) return contact.error();
  found.contact = std::move(*contact);
  for (const ConsentId id : found.event.consents) {
    auto consent = tables.consents().find(id);
    if (!consent.ok()) return consent.error();
    if (!*consent) continue;
    const Round& round = (*consent)->round;
    const bool by_this_press = round.status == ConsentStatus::kConfirmed && round.confirmed &&
                               round.confirmed->at == found.event.at;
    if (by_this_press) found.consents.push_back(std::move(**consent));
  }
  return found;
}

class Receipt {
 public:
  Receipt(const Context& context, std::int64_t confirmation)
      : context_(context), confirmation_(confirmation), at_(context.clock.now()) {}

  // One look and one mail before the transaction, which looks again.
  Status prepare() {
    JAWORT_TRY(context_.store.read([&](const Tables& tables) -> Status {
      auto found = look_up(tables, confirmation_);
      if (!found.ok()) return found.error();
      found_ = std::move(*found);
      auto covering = tables.checkpoints().first_covering(confirmation_);
      if (!covering.ok()) return covering.error();
      checkpoint_ = *covering ? (*covering)->note : std::string();
      return {};
    }));
    return wanted() ? compose() : Status();
  }

  Status write(Tables& tables) {
    queued_ = false;
    const auto there = tables.receipts().take(confirmation_);
    if (!there.ok()) return there.error();
    if (!*there || !mail_) return {};
    auto now = look_up(tables, confirmation_);
    if (!now.ok()) return now.error();
    // Whatever has ended since was to be told of too: then there is nothing to send.
    if (now->consents.size() != found_.consents.size()) return {};
    JAWORT_TRY(queue(tables));
    queued_ = true;
    return {};
  }

  bool queued() const { return queued_; }

 private:
  bool wanted() const {
    return found_.contact && !found_.consents.empty() && !checkpoint_.empty() &&
           wants_receipt(*context_.definitions.get(), found_.consents.front().round.form);
  }

  // One press confirms consents of one form, in one version and one language.
  Status compose() {
    const Round& round = found_.consents.front().round;
    const auto form = form_of(context_, &found_.consents.front());
    if (!form.ok()) return form.error();
    const auto to = EmailAddress::parse(found_.contact->email);
    if (!to.ok()) return internal_error("a contact's address cannot be read");
    const auto language = mail_language(context_, kMail, round.language);
    View view = purposes_view(form->get());
    if (*form) view.set("form.title", text_for((*form)->form.title, round.language));
    set_moment(view, "opt_in", context_.zone.local(round.opt_in.at), language);
    set_moment(view, "confirm", context_.zone.local(round.confirmed->at), language);
    view.set("receipt.checkpoint", std::string(trim_ascii_space(checkpoint_)))
        .set("receipt.leaf_hash", to_hex(leaf_hash(found_.event.leaf)))
        .set("receipt.sequence", std::to_string(confirmation_))
        .set("receipt.form_version", round.form_version);
    static const Controller kNobody;
    const Controller* today = context_.definitions.get()->controller();
    const Controller& controller = *form ? (*form)->controller : today ? *today : kNobody;
    auto mail =
        compose_mail(context_, {context_.ids.next<MailId>(), MailKind::kReceipt, std::string(kMail),
                                language, *to, at_, plus(at_, context_.settings.link_valid),
                                std::move(view), controller, /*asks=*/false});
    if (!mail.ok()) return mail.error();
    mail_ = std::move(*mail);
    return {};
  }

  View purposes_view(const ShownForm* form) const {
    View view;
    std::vector<View> list;
    std::string wordings;
    for (const Consent& consent : found_.consents) {
      const AskedPurpose purpose = asked_purpose(form, consent);
      View item;
      item.set("id", consent.purpose)
          .set("label", purpose.label)
          .set("wording", purpose.wording)
          .set("version", consent.round.purpose_version);
      list.push_back(std::move(item));
      wordings += (wordings.empty() ? "" : "\n\n") + purpose.wording;
    }
    view.set("purposes", std::move(list)).set("purpose.wording", std::move(wordings));
    return view;
  }

  Status queue(Tables& tables) {
    NewEvent event;
    event.type = "receipt_queued";
    event.at = at_;
    event.contact = found_.event.contact;
    event.facts = {{"date", context_.zone.local(at_).date},
                   {"zone", context_.zone.name()},
                   {"language", mail_->language},
                   {"template_version", version_text(mail_->template_version)}};
    mail_->consents.clear();
    for (const Consent& consent : found_.consents) {
      event.facts.push_back({"purpose:" + consent.purpose, consent.round.purpose_version});
      event.consents.push_back({consent.id, consent.purpose});
      mail_->consents.push_back(consent.id);
    }
    event.values = values_of_mail(*mail_);
    const auto sequence = record_event(context_, tables, event);
    if (!sequence.ok()) return sequence.error();
    mail_->contact = found_.event.contact;
    mail_->submission = *sequence;
    return tables.outbox().queue(*mail_, at_);
  }

  const Context& context_;
  const std::int64_t confirmation_;
  const Instant at_;
  Confirmed found_;
  std::string checkpoint_;
  std::optional<MailRow> mail_;
  bool queued_ = false;
};

// False: it was let go.
Result<bool> mail_one(const Context& context, std::int64_t confirmation) {
  Receipt receipt(context, confirmation);
  if (const Status prepared = receipt.prepare(); !prepared.ok()) {
    if (prepared.error().kind == ErrorKind::kStorage) return prepared.error();
    // A template that does not render will not do so in ten seconds either.
    context.log.error("receipt_not_composed",
                      {{"reason", std::string_view(prepared.error().message)}});
  }
  JAWORT_TRY(context.store.write([&](Tables& tables) { return receipt.write(tables); }));
  return receipt.queued();
}

}  // namespace

Status want_receipt(const Context& context, Tables& tables, std::string_view form,
                    std::int64_t confirmation) {
  if (!wants_receipt(*context.definitions.get(), form)) return {};
  return tables.receipts().add(confirmation);
}

Result<int> mail_receipts(const Context& context, int limit) {
  std::vector<std::int64_t> due;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    due.clear();
    const auto last = tables.checkpoints().last();
    if (!last.ok()) return last.error();
    if (!*last) return {};
    auto rows = tables.receipts().due((*last)->size, limit);
    if (!rows.ok()) return rows.error();
    due = std::move(*rows);
    return {};
  }));
  bool any = false;
  for (const std::int64_t confirmation : due) {
    const auto queued = mail_one(context, confirmation);
    if (!queued.ok()) return queued.error();
    any = any || *queued;
  }
  if (any) context.mail_queued();
  return static_cast<int>(due.size());
}

}  // namespace jawort
