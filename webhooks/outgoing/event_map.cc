#include "webhooks/outgoing/event_map.h"

#include <algorithm>
#include <array>
#include <set>

namespace jawort {
namespace {

using Told = std::vector<OutgoingEvent>;

std::string_view after(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view{};
}

void per_purpose(const Leaf& leaf, std::string_view type, Told& told) {
  for (std::string& purpose : purposes_of_leaf(leaf)) told.push_back({type, std::move(purpose)});
}

void of_sign_up(const Leaf& leaf, const EventSurroundings& around, Told& told) {
  if (around.first_of_contact) told.push_back({"contact.created", ""});
  bool asked = false;
  for (const Fact& fact : leaf.facts) {
    const std::string_view purpose = after(fact.name, "round:");
    if (purpose.empty()) continue;
    asked = true;
    if (fact.value != "new" && fact.value != "renewal") continue;
    told.push_back({"consent.requested", std::string(purpose)});
  }
  // A lead without consent adds to the record at once; else the press does.
  const bool adds = !asked && !around.first_of_contact && !fields_of_leaf(leaf).empty();
  if (adds) told.push_back({"contact.updated", ""});
}

// Other mails are no steps of a consent.
bool asks_for_consent(const EventSurroundings& around) {
  return around.mail_kind.empty() || around.mail_kind == "confirmation" ||
         around.mail_kind == "reminder";
}

void of_mail(const Leaf& leaf, const EventSurroundings& around, Told& told) {
  const bool sent = leaf.type == "mail_handed_over";
  const bool dropped = leaf.type == "mail_dropped" && leaf.fact("by") != "suppression";
  if (asks_for_consent(around) && !dropped) {
    per_purpose(leaf, sent ? "consent.mail_sent" : "consent.mail_failed", told);
  }
  // The mail server said at once that there is no such mailbox.
  if (leaf.type == "mail_refused" && !leaf.fact("suppressed").empty()) {
    told.push_back({"message.bounced", ""});
  }
}

constexpr std::array<std::string_view, 11> kToldToOthers = {
    "form_submitted",    "mail_handed_over", "mail_refused",      "mail_dropped",
    "consent_confirmed", "consent_denied",   "consent_expired",   "consent_revoked",
    "contact_erased",    "message_bounced",  "message_complained"};

}  // namespace

bool is_told_to_others(std::string_view event_type) {
  return std::ranges::find(kToldToOthers, event_type) != kToldToOthers.end();
}

std::vector<OutgoingEvent> outgoing_events(const Leaf& leaf, const EventSurroundings& around) {
  Told told;
  const std::string_view type = leaf.type;
  if (type == "form_submitted") {
    of_sign_up(leaf, around, told);
  } else if (type.starts_with("mail_")) {
    if (is_told_to_others(type)) of_mail(leaf, around, told);
  } else if (type == "consent_confirmed") {
    per_purpose(leaf, "consent.confirmed", told);
    if (around.has_fields) told.push_back({"contact.updated", ""});
  } else if (type == "consent_denied") {
    per_purpose(leaf, "consent.denied", told);
  } else if (type == "consent_expired") {
    per_purpose(leaf, "consent.expired", told);
  } else if (type == "consent_revoked") {
    per_purpose(leaf, "consent.revoked", told);
  } else if (type == "contact_erased") {
    told.push_back({"contact.erased", ""});
  } else if (type == "message_bounced") {
    told.push_back({"message.bounced", ""});
  } else if (type == "message_complained") {
    told.push_back({"message.complained", ""});
  }
  return told;
}

std::vector<std::string> purposes_of_leaf(const Leaf& leaf) {
  std::set<std::string> purposes;
  for (const Fact& fact : leaf.facts) {
    const std::string_view purpose = after(fact.name, "purpose:");
    if (!purpose.empty()) purposes.emplace(purpose);
  }
  // Where no fact names them, the links to each consent's leaf before do.
  for (const Commitment& commitment : leaf.commitments) {
    const std::string_view purpose = after(commitment.name, "previous:");
    if (!purpose.empty()) purposes.emplace(purpose);
  }
  return {purposes.begin(), purposes.end()};
}

std::vector<std::string> fields_of_leaf(const Leaf& leaf) {
  std::vector<std::string> fields;
  for (const Commitment& commitment : leaf.commitments) {
    const std::string_view field = after(commitment.name, "field:");
    if (!field.empty()) fields.emplace_back(field);
  }
  return fields;
}

}  // namespace jawort
