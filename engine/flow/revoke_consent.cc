#include "engine/flow/revoke_consent.h"

#include <algorithm>
#include <iterator>

#include "engine/consent/email_address.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/end_round.h"
#include "engine/flow/enrol.h"

namespace jawort {
namespace {

std::vector<Consent> consents_in(const std::vector<Consent>& consents, ConsentStatus status) {
  std::vector<Consent> out;
  std::ranges::copy_if(consents, std::back_inserter(out),
                       [&](const Consent& consent) { return consent.round.status == status; });
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
  JAWORT_TRY(change_consents(tables, confirmed, change));
  for (const Consent& consent : confirmed) {
    if (consent.renewal) JAWORT_TRY(end_renewal(tables, consent));
  }
  JAWORT_TRY(enrol_revoked(context, tables, confirmed, *sequence, now));
  return {};
}

}  // namespace

Result<EndedConsents> end_consents(const Context& context, Tables& tables, const ConsentLink& link,
                                   const std::vector<Consent>& consents, RevokedBy by,
                                   const Visit& visit, Instant now) {
  const auto confirmed = consents_in(consents, ConsentStatus::kConfirmed);
  const auto pending = consents_in(consents, ConsentStatus::kPending);
  if (!confirmed.empty()) {
    JAWORT_TRY(revoke_confirmed(context, tables, link, confirmed, by, visit, now));
  }
  if (!pending.empty()) JAWORT_TRY(deny_pending(context, tables, link, pending, visit, now));
  return EndedConsents{confirmed.size(), pending.size()};
}

void count_ended(const Context& context, const EndedConsents& ended) {
  if (ended.revoked > 0) context.mail_queued();  // a campaign may say at once that it is done
  count_consents(context, "revoked", ended.revoked);
  count_consents(context, "denied", ended.denied);
}

Result<RevokePage> look_up_revocation(const Context& context, std::string_view token) {
  const auto content = context.tokens.open(token, TokenKind::kRevoke);
  if (!content) return RevokePage{};
  const auto link = read_link(context, *content);
  if (!link.ok()) return link.error();
  return page_for(context, *link);
}

Result<RevokePage> revoke_consent(const Context& context, std::string_view token, RevokedBy by,
                                  const Visit& visit) {
  const auto content = context.tokens.open(token, TokenKind::kRevoke);
  if (!content) return RevokePage{};
  ConsentLink before, after;
  EndedConsents ended;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    auto found = follow_token(tables, *content);
    if (!found.ok()) return found.error();
    before = std::move(*found);
    std::vector<Consent> consents;
    for (const LinkedConsent& linked : before.consents) consents.push_back(linked.consent);
    const auto done =
        end_consents(context, tables, before, consents, by, visit, context.clock.now());
    if (!done.ok()) return done.error();
    ended = *done;
    auto found_after = follow_token(tables, *content);
    if (!found_after.ok()) return found_after.error();
    after = std::move(*found_after);
    return {};
  }));
  count_ended(context, ended);
  // What was only pending has gone with everything it brought: name what the person pressed for.
  if (after.consents.empty() && ended.denied > 0) {
    auto page = page_for(context, before);
    if (page.ok()) page->state = RevokeState::kRevoked;
    return page;
  }
  return page_for(context, after);
}

Result<std::string> revocation_link(const Context& context, std::string_view email,
                                    std::string_view purpose) {
  return link_of_consent(context, TokenKind::kRevoke, email, purpose);
}

}  // namespace jawort
