#include "engine/flow/tell_others.h"

#include <algorithm>

#include "webhooks/outgoing/payload.h"
#include "webhooks/outgoing/signature.h"

namespace jawort {
namespace {

bool concerns(const Leaf& leaf, std::string_view purpose) {
  const auto purposes = purposes_of_leaf(leaf);
  return std::ranges::find(purposes, purpose) != purposes.end();
}

// The sign-up that began the round which `leaf` is about: the last one before it; of a revocation,
// the last before the confirmation that it ends, since a renewal may wait beside that.
Result<std::optional<Leaf>> sign_up_before(const Tables& tables, ContactId contact,
                                           const Leaf& leaf, std::string_view purpose) {
  const auto events = tables.events().about(contact);
  if (!events.ok()) return events.error();
  bool confirmed = leaf.type != "consent_revoked";
  for (auto event = events->rbegin(); event != events->rend(); ++event) {
    if (event->sequence >= static_cast<std::int64_t>(leaf.sequence)) continue;
    const bool confirmation = event->type == "consent_confirmed";
    if (!confirmation && event->type != "form_submitted") continue;
    auto earlier = decode_leaf(event->leaf);
    if (!earlier.ok()) return earlier.error();
    if (confirmation) {
      confirmed = confirmed || concerns(*earlier, purpose);
      continue;
    }
    const std::string_view round = earlier->fact("round:" + std::string(purpose));
    if (confirmed && (round == "new" || round == "renewal")) return std::optional(*earlier);
  }
  return std::optional<Leaf>{};
}

Result<std::string> kind_of_mail(const Tables& tables, const EventRow& event) {
  const auto values = tables.events().values(event.sequence);
  if (!values.ok()) return values.error();
  const auto named = std::ranges::find(*values, "mail", &EventValueRow::name);
  if (named == values->end()) return std::string{};
  const auto row = tables.outbox().find(MailId{parse_id_text(named->value).value_or(0)});
  if (!row.ok()) return row.error();
  return *row ? std::string(name_of((*row)->kind)) : std::string{};
}

Result<EventSurroundings> surroundings_of(const Tables& tables, const EventRow& event,
                                          const Leaf& leaf) {
  EventSurroundings around;
  if (event.type == "form_submitted") {
    const auto all = tables.events().about(event.contact);
    if (!all.ok()) return all.error();
    around.first_of_contact = !all->empty() && all->front().sequence == event.sequence;
  } else if (event.type == "consent_confirmed") {
    const auto purposes = purposes_of_leaf(leaf);
    if (purposes.empty()) return around;
    const auto sign_up = sign_up_before(tables, event.contact, leaf, purposes.front());
    if (!sign_up.ok()) return sign_up.error();
    around.has_fields = *sign_up && !fields_of_leaf(**sign_up).empty();
  } else if (event.type.starts_with("mail_")) {
    auto kind = kind_of_mail(tables, event);
    if (!kind.ok()) return kind.error();
    around.mail_kind = std::move(*kind);
  }
  return around;
}

// Of a contact's change by a confirmation: the sign-up whose values it took.
Result<std::optional<Leaf>> sign_up_of(const Tables& tables, const WebhookDeliveryRow& delivery,
                                       const Leaf& leaf) {
  std::string purpose = delivery.purpose;
  if (purpose.empty() && leaf.type == "consent_confirmed") {
    const auto purposes = purposes_of_leaf(leaf);
    if (!purposes.empty()) purpose = purposes.front();
  }
  if (purpose.empty() || leaf.type == "form_submitted") return std::optional<Leaf>{};
  return sign_up_before(tables, delivery.contact, leaf, purpose);
}

}  // namespace

Result<std::vector<OutgoingEvent>> told_by(const Tables& tables, const EventRow& event) {
  if (!event.contact || !is_told_to_others(event.type)) return std::vector<OutgoingEvent>{};
  const auto leaf = decode_leaf(event.leaf);
  if (!leaf.ok()) return leaf.error();
  const auto around = surroundings_of(tables, event, *leaf);
  if (!around.ok()) return around.error();
  return outgoing_events(*leaf, *around);
}

Result<ComposedWebhook> compose_webhook(const Tables& tables, const WebhookDeliveryRow& delivery,
                                        bool include_personal) {
  const auto event = tables.events().find(delivery.sequence);
  if (!event.ok()) return event.error();
  if (!*event) return internal_error("a webhook's delivery without its event");
  const auto leaf = decode_leaf((*event)->leaf);
  if (!leaf.ok()) return leaf.error();
  WebhookSubject subject{delivery.type, delivery.purpose, delivery.contact, "", {}};
  auto sign_up = sign_up_of(tables, delivery, *leaf);
  if (!sign_up.ok()) return sign_up.error();
  subject.sign_up = std::move(*sign_up);
  if (include_personal) {
    auto contact = tables.contacts().find(delivery.contact);
    if (!contact.ok()) return contact.error();
    if (*contact) subject.email = std::move((*contact)->email);
  }
  return ComposedWebhook{webhook_id(delivery.sequence, delivery.part, leaf_hash((*event)->leaf)),
                         webhook_payload(*leaf, subject)};
}

}  // namespace jawort
