// Writes one event: salts and commits its personal values, links it to the previous leaf of every
// consent it is about, encodes the leaf, and appends it. Inside the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct PersonalValue {
  std::string name;   // "email", "field:first_name", "ip", "reply"
  std::string value;  // empty values are not recorded
};

struct NewEvent {
  std::string type;  // "form_submitted"
  Instant at;
  std::vector<Fact> facts;            // any order; empty values are left out
  std::vector<PersonalValue> values;  // any order
  ContactId contact;
  struct About {
    ConsentId consent;
    std::string purpose;
  };
  std::vector<About> consents;
};

// What the event that queues a mail says of it: `mail`, `mail_sha256`, `mail_cut_sha256`
// (FORMAT.md §4). A live link is never shown, so the bytes with the links cut out have a hash of
// their own.
std::vector<PersonalValue> values_of_mail(const MailRow& mail);

// Answers the event's sequence.
Result<std::int64_t> record_event(const Context& context, Tables& tables, const NewEvent& event);

}  // namespace jawort
