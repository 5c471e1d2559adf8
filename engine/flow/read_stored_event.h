// One event as it lies in the file, held against itself: its leaf against the columns beside it,
// its values against its commitments.
#pragma once

#include <optional>
#include <vector>

#include "db/rows.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/ledger_findings.h"

namespace jawort {

struct CheckedEvent {
  std::int64_t sequence = 0;
  Instant at;                // as the row says
  std::optional<Leaf> leaf;  // nothing: it cannot be read
  Hash256 hash{};            // of the leaf's bytes
  std::vector<SaltedValue> values;
  std::vector<ConsentId> consents;
  MailId mail;  // that its values name

  // Null when it has none, or none any more.
  const SaltedValue* value(std::string_view name) const;
  bool commits_to(std::string_view name) const;
};

CheckedEvent read_stored_event(const StoredEvent& row, LedgerFindings& findings);

}  // namespace jawort
