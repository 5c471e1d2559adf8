// The contact record of PRODUCT §4.3, as data; app renders it as JSON or text.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct ContactRecord {
  ContactRow contact;
  std::vector<FieldValueRow> fields;
  std::optional<Suppression> suppression;  // of the address
  struct ConsentView {
    Consent consent;
    std::string wording, renewal_wording;
    std::vector<std::string>
        suspicious{};          // rules by which its confirmation looks like a machine's
    bool asked_again = false;  // the address was asked for, and typed, before the press counted
  };
  std::vector<ConsentView> consents;
  struct HistoryEntry {
    std::int64_t sequence = 0;
    Instant at;
    std::string type;
    std::vector<Fact> facts;
  };
  std::vector<HistoryEntry> history;
};

// `who`: an address, or an id as 16 hexadecimal digits. kNotFound.
Result<ContactRecord> show_contact(const Context& context, std::string_view who);
Result<std::vector<ContactRecord>> list_contacts(const Context& context, ContactId after,
                                                 int limit);

}  // namespace jawort
