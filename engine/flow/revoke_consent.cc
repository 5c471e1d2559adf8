#include "engine/flow/revoke_consent.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/end_round.h"

namespace jawort {
namespace {

std::vector<Consent> consents_in(const ConsentLink& link, ConsentStatus status) {
  std::vector<Consent> out;
  for (const LinkedConsent& linked : link.consents) {
    if (linked.consent.round.status == status) out.push_back(linked.consent);
  }
  return out;
}

Result<RevokePage> page_for(const Context& context, const ConsentLink& link) {
  RevokePage page;
  page.language = link.language();
  if (link.consents.empty() || !link.contact) {
    page.state = RevokeState::kOnNoList;
    return page;
  }
  auto leading = form_of(context, link.leading());
  if (!leading.ok()) return leading.error();
  page.form = std::move(*leading);
  if (const auto address = EmailAddress::parse(link.contact->email); address.ok()) {
    page.masked_address = address->masked();
  }
  page.state = RevokeState::kRevoked;
  for (const LinkedConsent& linked : link.consents) {
    // Each by its own round: they may have been given on different forms.
    const auto form = form_of(context, &linked.consent);
    if (!form.ok()) return form.error();
    page.purposes.push_back(asked_purpose(form->get(), linked.consent));
    if (linked.consent.round.status != ConsentStatus::kRevoked) page.state = RevokeState::kOpen;
  }
  return page;
}

Status revoke_confirmed(const Context& context, Tables& tables, const ConsentLink& link,
                        const std::vector<Consent>& confirmed, RevokedBy by, const Visit& visit,
                        Instant now) {
  NewEvent event = link_event(context, "consent_revoked", link, confirmed, visit, now);
  event.facts.push_back({"zone", context.zone.name()});
  event.facts.push_back({"revoked_by", std::string(name_of(by))});
  const auto sequence = record_event(context, tables, event);
  if (!sequence.ok()) return sequence.error();

  ConsentEvent change;
  change.change = ConsentChange::kRevoked;
  change.at = {now, context.zone.local(now).date};
  change.revoked_by = by;
  return change_consents(tables, confirmed, change);
}

}  // namespace

Result<RevokePage> look_up_revocation(const Context& context, std::string_view token) {
  const auto content = context.tokens.open(token, TokenKind::kRevoke);
  if (!content) return RevokePage{};
  ConsentLink link;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto found = follow_token(tables, *content);
    if (!found.ok()) return found.error();
    link = std::move(*found);
    return {};
  }));
  return page_for(context, link);
}

Result<RevokePage> revoke_consent(const Context& context, std::string_view token, RevokedBy by,
                                  const Visit& visit) {
  const auto content = context.tokens.open(token, TokenKind::kRevoke);
  if (!content) return RevokePage{};
  ConsentLink before, after;
  std::size_t revoked = 0, denied = 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    auto found = follow_token(tables, *content);
    if (!found.ok()) return found.error();
    before = std::move(*found);
    const Instant now = context.clock.now();
    const auto confirmed = consents_in(before, ConsentStatus::kConfirmed);
    const auto pending = consents_in(before, ConsentStatus::kPending);
    revoked = confirmed.size();
    denied = pending.size();
    if (revoked > 0) {
      JAWORT_TRY(revoke_confirmed(context, tables, before, confirmed, by, visit, now));
    }
    if (denied > 0) JAWORT_TRY(deny_pending(context, tables, before, pending, visit, now));
    auto found_after = follow_token(tables, *content);
    if (!found_after.ok()) return found_after.error();
    after = std::move(*found_after);
    return {};
  }));
  count_consents(context, "revoked", revoked);
  count_consents(context, "denied", denied);
  // What was only pending has gone with everything it brought: name what the person pressed for.
  if (after.consents.empty() && denied > 0) {
    auto page = page_for(context, before);
    if (page.ok()) page->state = RevokeState::kRevoked;
    return page;
  }
  return page_for(context, after);
}

Result<std::string> revocation_link(const Context& context, std::string_view email,
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
  return context.settings.public_url + "/revoke/" +
         context.tokens.make({TokenKind::kRevoke, TokenObject::kConsent, id.value, std::nullopt});
}

}  // namespace jawort
