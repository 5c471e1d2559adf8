#include "engine/flow/list_links.h"

#include "engine/flow/consent_link.h"

namespace jawort {

Result<LinksPage> list_links(const Context& context, std::string_view purpose, ConsentId after,
                             int look_at) {
  struct Found {
    std::string email;
    ConsentId consent;
  };
  std::vector<Found> found;
  LinksPage page;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    found.clear();
    const auto consents = tables.consents().page(after, look_at);
    if (!consents.ok()) return consents.error();
    page.last = consents->empty() ? ConsentId{} : consents->back().id;
    for (const Consent& consent : *consents) {
      if (consent.purpose != purpose || consent.round.status != ConsentStatus::kConfirmed) continue;
      auto contact = tables.contacts().find(consent.contact);
      if (!contact.ok()) return contact.error();
      if (*contact) found.push_back({std::move((*contact)->email), consent.id});
    }
    return {};
  }));
  for (Found& one : found) {
    page.links.push_back({std::move(one.email), link_url(context, TokenKind::kRevoke, one.consent),
                          link_url(context, TokenKind::kPreferences, one.consent)});
  }
  return page;
}

}  // namespace jawort
