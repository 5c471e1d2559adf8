#include "engine/flow/show_contact.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"

namespace jawort {
namespace {

// The wording as it was shown: it lies in the form's version that the consent is bound to.
Result<std::string> wording_of(const Tables& tables, const std::string& id, const Round& round) {
  const auto hash = parse_version_text(round.form_version);
  if (!hash) return std::string{};
  const auto row = tables.definitions().find(*hash);
  if (!row.ok()) return row.error();
  if (!*row) return std::string{};
  const auto form = parse_shown_form({(*row)->kind, (*row)->id, (*row)->body, (*row)->version});
  if (!form.ok()) return form.error();
  for (const Purpose& purpose : form->purposes) {
    if (purpose.id == id) return text_for(purpose.wording, round.language);
  }
  return std::string{};
}

// Of the round that stands, not of an earlier one.
void note_press(const EventRow& event, const Leaf& leaf, ContactRecord& record) {
  const std::string_view reasons = leaf.fact("suspicious");
  const bool asked_again = !leaf.fact("asked_again").empty();
  if (leaf.type != "consent_confirmed" || (reasons.empty() && !asked_again)) return;
  for (auto& view : record.consents) {
    const Round& round = view.consent.round;
    const auto& about = event.consents;
    if (!round.confirmed || round.confirmed->at != leaf.at) continue;
    if (std::ranges::find(about, view.consent.id) == about.end()) continue;
    view.asked_again = asked_again;
    if (reasons.empty()) continue;
    for (const std::string_view reason : split(reasons, ' ')) {
      view.suspicious.emplace_back(reason);
    }
  }
}

Result<ContactRecord> record_of(const Context& context, const Tables& tables,
                                const ContactRow& contact) {
  ContactRecord record;
  record.contact = contact;
  auto fields = tables.contacts().fields(contact.id);
  if (!fields.ok()) return fields.error();
  record.fields = std::move(*fields);
  const auto suppression =
      tables.suppressions().find(address_key(context.keys.address, contact.email_normalised));
  if (!suppression.ok()) return suppression.error();
  record.suppression = *suppression;
  const auto consents = tables.consents().of_contact(contact.id);
  if (!consents.ok()) return consents.error();
  for (const Consent& consent : *consents) {
    auto wording = wording_of(tables, consent.purpose, consent.round);
    if (!wording.ok()) return wording.error();
    record.consents.push_back({consent, std::move(*wording), {}, {}, false});
    if (!consent.renewal) continue;
    auto renewal = wording_of(tables, consent.purpose, *consent.renewal);
    if (!renewal.ok()) return renewal.error();
    record.consents.back().renewal_wording = std::move(*renewal);
  }
  const auto events = tables.events().about(contact.id);
  if (!events.ok()) return events.error();
  for (const EventRow& event : *events) {
    auto leaf = decode_leaf(event.leaf);
    if (!leaf.ok()) return leaf.error();
    note_press(event, *leaf, record);
    record.history.push_back({event.sequence, leaf->at, leaf->type, std::move(leaf->facts)});
  }
  return record;
}

Result<std::optional<ContactRow>> find(const Tables& tables, std::string_view who) {
  if (const auto address = EmailAddress::parse(who); address.ok()) {
    return tables.contacts().find_by_address(address->normalised());
  }
  if (const auto id = parse_id_text(who)) return tables.contacts().find(ContactId{*id});
  return invalid("neither an e-mail address nor the id of a contact");
}

}  // namespace

Result<ContactRecord> show_contact(const Context& context, std::string_view who) {
  ContactRecord record;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto contact = find(tables, who);
    if (!contact.ok()) return contact.error();
    if (!*contact) return not_found("no such contact");
    auto found = record_of(context, tables, **contact);
    if (!found.ok()) return found.error();
    record = std::move(*found);
    return {};
  }));
  return record;
}

Result<std::vector<ContactRecord>> list_contacts(const Context& context, ContactId after,
                                                 int limit) {
  std::vector<ContactRecord> records;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    records.clear();
    const auto contacts = tables.contacts().page(after, limit);
    if (!contacts.ok()) return contacts.error();
    for (const ContactRow& contact : *contacts) {
      auto record = record_of(context, tables, contact);
      if (!record.ok()) return record.error();
      records.push_back(std::move(*record));
    }
    return {};
  }));
  return records;
}

}  // namespace jawort
