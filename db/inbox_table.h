// A table of db/store.h.
#pragma once

#include <optional>
#include <vector>

#include "db/rows.h"
#include "engine/base/result.h"

namespace jawort {

// Mails from persons that wait for a human. A contact's go with it.
class InboxTable {
 public:
  virtual ~InboxTable() = default;
  // A mail that came before, by its hash, is not put in again; also when somebody is done with it.
  virtual Status put(const InboxRow& row) = 0;
  virtual Result<std::optional<InboxRow>> find(InboxId id) const = 0;
  // Those that nobody is done with, oldest first, after `after` (0: from the start).
  virtual Result<std::vector<InboxRow>> page(InboxId after, int limit) const = 0;
  // What it says goes; its hash stays until prune().
  virtual Status finish(InboxId id) = 0;
  // Forgets all that came before `before`, done or not, at most `limit`. Answers how many went.
  virtual Result<int> prune(Instant before, int limit) = 0;
};

}  // namespace jawort
