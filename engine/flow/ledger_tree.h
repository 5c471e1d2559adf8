// The tree of the log, for the proofs of engine/evidence/merkle.h.
#pragma once

#include "db/store.h"
#include "engine/evidence/merkle.h"

namespace jawort {

// What it answers is as of the transaction that `tables` belongs to, and lives as long.
class LedgerTree final : public TreeNodes {
 public:
  explicit LedgerTree(const Tables& tables) : events_(tables.events()) {}
  Result<Hash256> node(int level, std::uint64_t index) const override {
    return events_.node(level, index);
  }

 private:
  const EventTable& events_;
};

}  // namespace jawort
