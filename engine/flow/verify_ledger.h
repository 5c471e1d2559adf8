// The whole log against its nodes, its signed heads, and the tables that it is the truth of
// (PRODUCT §6.4). Reads only, a short snapshot at a time, so that it can run beside a server; up to
// the size that the log has at the beginning. Constant memory.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/store.h"
#include "engine/evidence/keys.h"
#include "engine/flow/ledger_findings.h"
#include "engine/flow/verify_contacts.h"

namespace jawort {

struct LedgerProgress {
  std::int64_t done = 0, all = 0;  // in steps that take about the same time
};

struct LedgerRequest {
  const StoreReader& store;
  const KeyRing* own_keys = nullptr;  // the ledger keys of the key folder; null: not at hand
  // Signed heads that were kept elsewhere.
  std::optional<std::vector<std::string>> earlier{};
  // Those of [ledger] checkpoint_file (notes_of_checkpoint_file), read before this; nothing where
  // none is set or there.
  std::optional<std::vector<std::string>> outside{};
  const LinkKeys* links = nullptr;  // null: links of mails are not put back
  std::size_t threads = 2;
  std::function<void(const LedgerProgress&)> progress{};  // in the calling thread; may be none
};

struct LedgerCheck {
  std::string item;  // name_of(LedgerItem)
  bool ok = false;
  std::string detail;
  // Asked for, and not to be judged: nothing is against the log. `ok` is false.
  bool not_shown = false;
};
struct LedgerReport {
  bool ok = false;       // all that was asked is so
  bool changed = false;  // something is against it
  std::int64_t events = 0;
  std::vector<LedgerCheck> checks;  // one that is ok for each item, or one per finding
};

// An error only where it could not be looked; what was found stands in the report.
Result<LedgerReport> verify_ledger(const LedgerRequest& request);

}  // namespace jawort
