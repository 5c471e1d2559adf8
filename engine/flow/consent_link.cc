#include "engine/flow/consent_link.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/check_post.h"

namespace jawort {

const Consent* ConsentLink::leading() const {
  const auto own = std::ranges::find(consents, true, &LinkedConsent::by_this_mail);
  if (own != consents.end()) return &own->consent;
  return consents.empty() ? nullptr : &consents.front().consent;
}

std::string ConsentLink::language() const {
  if (const Consent* consent = leading()) return consent->round.language;
  if (mail) return mail->language;
  return contact ? contact->language : std::string{};
}

namespace {

// By the facts `purpose:ID` of the event that queued the mail; of the others the sign-up they
// answer says more.
bool says_purposes(MailKind kind) {
  switch (kind) {
    case MailKind::kReceipt:
    case MailKind::kReminder:
    case MailKind::kStep:
    case MailKind::kRevocationNotice:
      return true;
    case MailKind::kConfirmation:
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
      return false;
  }
  return false;
}

// The purposes that this mail is about.
Result<std::vector<std::string>> purposes_of(const Tables& tables, MailKind kind,
                                             std::int64_t submission) {
  const auto event = tables.events().find(submission);
  if (!event.ok()) return event.error();
  std::vector<std::string> purposes;
  if (!*event) return purposes;
  const auto leaf = decode_leaf((*event)->leaf);
  if (!leaf.ok()) return leaf.error();
  constexpr std::string_view kRound = "round:", kPurpose = "purpose:";
  for (const Fact& fact : leaf->facts) {
    if (says_purposes(kind) && fact.name.starts_with(kPurpose)) {
      purposes.push_back(fact.name.substr(kPurpose.size()));
    }
    const bool asked = fact.value == "new" || fact.value == "renewal";
    const bool told = fact.value == "kept_confirmed";
    if (fact.name.starts_with(kRound) && (kind == MailKind::kConfirmation ? asked : told)) {
      purposes.push_back(fact.name.substr(kRound.size()));
    }
  }
  return purposes;
}

// The contact's consents for what the mail asked. By purpose, not by id: one that expired and came
// back has another id, and a revocation link of the older mail must still end it. To a confirmation
// link a renewal that waits for its mail is the consent's round.
Status follow_mail(const Tables& tables, MailId id, ConsentLink& link) {
  auto mail = tables.outbox().mail(id);
  if (!mail.ok()) return mail.error();
  // Its links were made under the key that it was queued with. So whoever stole an older key cannot
  // make links of newer mails.
  if (!*mail || (*mail)->token_key != link.token.key) return {};
  link.mail = std::move(*mail);
  const auto purposes = purposes_of(tables, link.mail->kind, link.mail->submission);
  if (!purposes.ok()) return purposes.error();
  auto consents = tables.consents().of_contact(link.mail->contact);
  if (!consents.ok()) return consents.error();
  for (Consent& consent : *consents) {
    if (std::ranges::find(*purposes, consent.purpose) == purposes->end()) continue;
    const bool renews = consent.renewal && consent.renewal->mail == id;
    if (renews && link.token.kind == TokenKind::kConfirm) {
      consent.round = std::move(*consent.renewal);
      consent.renewal.reset();
    }
    const bool by_this_mail = renews || consent.round.mail == id;
    link.consents.push_back({std::move(consent), by_this_mail, renews});
  }
  return {};
}

// The preferences, and the link that was asked for on /unsubscribe, are about the person, whichever
// mail or consent they were made for.
Status take_all_consents(const Tables& tables, ConsentLink& link) {
  auto consents = tables.consents().of_contact(link.contact->id);
  if (!consents.ok()) return consents.error();
  link.consents.clear();
  for (Consent& consent : *consents) {
    const bool by_this_mail = link.mail && consent.round.mail == link.mail->id;
    link.consents.push_back({std::move(consent), by_this_mail});
  }
  return {};
}

}  // namespace

Result<ConsentLink> follow_token(const Tables& tables, const TokenContent& token) {
  ConsentLink link;
  link.token = token;
  if (token.object == TokenObject::kMail) {
    JAWORT_TRY(follow_mail(tables, MailId{token.id}, link));
  } else {
    auto consent = tables.consents().find(ConsentId{token.id});
    if (!consent.ok()) return consent.error();
    if (*consent) link.consents.push_back({std::move(**consent), false});
  }
  const ContactId contact = link.leading() != nullptr ? link.leading()->contact
                            : link.mail               ? link.mail->contact
                                                      : ContactId{};
  auto row = tables.contacts().find(contact);
  if (!row.ok()) return row.error();
  link.contact = std::move(*row);
  const bool about_all = token.kind == TokenKind::kPreferences ||
                         (link.mail && link.mail->kind == MailKind::kUnsubscribe);
  if (about_all && link.contact) {
    JAWORT_TRY(take_all_consents(tables, link));
  }
  return link;
}

std::string link_url(const Context& context, TokenKind kind, ConsentId consent) {
  const std::string_view path = kind == TokenKind::kRevoke ? "/revoke/" : "/preferences/";
  return context.settings.public_url + std::string(path) +
         context.tokens.make({kind, TokenObject::kConsent, consent.value, std::nullopt});
}

Result<std::string> link_of_consent(const Context& context, TokenKind kind, std::string_view email,
                                    std::string_view purpose) {
  const auto address = EmailAddress::parse(email);
  if (!address.ok()) return address.error();
  ConsentId id;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto contact = tables.contacts().find_by_address(address->normalised());
    if (!contact.ok()) return contact.error();
    if (!*contact) return not_found("no contact has this address");
    const auto consents = tables.consents().of_contact((*contact)->id);
    if (!consents.ok()) return consents.error();
    const auto consent = std::ranges::find(*consents, purpose, &Consent::purpose);
    if (consent == consents->end()) return not_found("the contact has no consent for this purpose");
    id = consent->id;
    return {};
  }));
  return link_url(context, kind, id);
}

Result<ConsentLink> read_link(const Context& context, const TokenContent& token) {
  ConsentLink link;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto found = follow_token(tables, token);
    if (!found.ok()) return found.error();
    link = std::move(*found);
    return {};
  }));
  return link;
}

Result<std::shared_ptr<const ShownForm>> form_of(const Context& context, const Consent* consent) {
  if (consent == nullptr) return std::shared_ptr<const ShownForm>{};
  return shown_form_version(context, consent->round.form, consent->round.form_version);
}

AskedPurpose asked_purpose(const ShownForm* form, const Consent& consent) {
  AskedPurpose asked{consent.purpose, consent.purpose, "",
                     consent.round.status == ConsentStatus::kConfirmed};
  if (form == nullptr) return asked;
  const auto purpose = std::ranges::find(form->purposes, consent.purpose, &Purpose::id);
  if (purpose == form->purposes.end()) return asked;
  asked.label = text_for(purpose->label, consent.round.language);
  asked.wording = text_for(purpose->wording, consent.round.language);
  return asked;
}

NewEvent link_event(const Context& context, std::string_view type, const ConsentLink& link,
                    const std::vector<Consent>& consents, const Visit& visit, Instant at) {
  NewEvent event;
  event.type = type;
  event.at = at;
  event.contact = link.contact ? link.contact->id : ContactId{};
  event.facts = {{"date", context.zone.local(at).date}};
  for (const Consent& consent : consents) {
    event.facts.push_back({"purpose:" + consent.purpose, consent.round.purpose_version});
    event.consents.push_back({consent.id, consent.purpose});
  }
  event.values = {{"ip", ip_by_policy(visit.ip, context.settings.ip)},
                  {"user_agent", visit.user_agent}};
  if (link.mail) event.values.push_back({"mail", id_text(link.mail->id.value)});
  return event;
}

}  // namespace jawort
