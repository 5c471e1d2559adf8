// From events of the log to what other systems are told (PRODUCT §4.4). Pure. An event may say
// several things, for example one per purpose; their order never changes, since it is a part of
// their identifiers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/evidence/leaf.h"

namespace jawort {

struct OutgoingEvent {
  std::string_view type;  // "consent.confirmed"
  std::string purpose;    // empty where it is about the contact
  bool operator==(const OutgoingEvent&) const = default;
};

// What the leaf itself does not say.
struct EventSurroundings {
  bool first_of_contact = false;
  bool has_fields = false;  // the sign-up that is confirmed brought values for the record
  std::string mail_kind;    // of the mail that it is about; empty: not known any more
};

// Whether events of this type say anything to others: what is worth looking up surroundings for.
bool is_told_to_others(std::string_view event_type);
std::vector<OutgoingEvent> outgoing_events(const Leaf& leaf, const EventSurroundings& around);

// The purposes that a leaf is about, sorted.
std::vector<std::string> purposes_of_leaf(const Leaf& leaf);
// The names of the fields whose values came with it, sorted.
std::vector<std::string> fields_of_leaf(const Leaf& leaf);

}  // namespace jawort
