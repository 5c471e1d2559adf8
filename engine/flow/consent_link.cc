#include "engine/flow/consent_link.h"

#include <algorithm>

#include "engine/flow/check_post.h"

namespace jawort {

std::string ConsentLink::language() const {
  if (!consents.empty()) return consents.front().consent.round.language;
  if (mail) return mail->language;
  return contact ? contact->language : std::string{};
}

Result<ConsentLink> follow_token(const Tables& tables, const TokenContent& token) {
  ConsentLink link;
  link.token = token;
  std::vector<ConsentId> ids{ConsentId{token.id}};
  if (token.object == TokenObject::kMail) {
    auto mail = tables.outbox().mail(MailId{token.id});
    if (!mail.ok()) return mail.error();
    link.mail = std::move(*mail);
    ids = link.mail ? link.mail->consents : std::vector<ConsentId>{};
  }
  for (const ConsentId id : ids) {
    auto consent = tables.consents().find(id);
    if (!consent.ok()) return consent.error();
    if (!*consent) continue;
    const bool by_this_mail = link.mail && (*consent)->round.mail == link.mail->id;
    link.consents.push_back({std::move(**consent), by_this_mail});
  }
  const ContactId contact = !link.consents.empty() ? link.consents.front().consent.contact
                            : link.mail            ? link.mail->contact
                                                   : ContactId{};
  auto row = tables.contacts().find(contact);
  if (!row.ok()) return row.error();
  link.contact = std::move(*row);
  return link;
}

Result<std::shared_ptr<const ShownForm>> form_of(const Context& context, const ConsentLink& link) {
  if (link.consents.empty()) return std::shared_ptr<const ShownForm>{};
  const Round& round = link.consents.front().consent.round;
  return shown_form_version(context, round.form, round.form_version);
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
