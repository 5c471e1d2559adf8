// All leaves of the log, one after the other, and the nodes that lie in the rows held against them.
#pragma once

#include <cstdint>
#include <vector>

#include "db/store.h"
#include "engine/evidence/merkle.h"
#include "engine/flow/ledger_findings.h"

namespace jawort {

// A block of the log as it was read, by any thread.
struct LogBlock {
  struct Row {
    std::int64_t sequence = 0;
    Hash256 hash{};
    Bytes nodes;
    bool clock_stepped = false;
  };
  std::vector<Row> rows;
  LedgerFindings findings;
};
// The events after `after` and up to `last`. Those about no contact are held against themselves
// here (read_stored_event), because verify_contacts does not meet them.
Result<LogBlock> read_log_block(const Tables& tables, std::int64_t after, std::int64_t last);

// The tree as the leaves give it, and beside it the one that the rows keep: where they part is said
// once, at the row, and not again at every node above. One thread, constant memory.
class LogTree {
 public:
  explicit LogTree(LedgerFindings& findings) : findings_(findings) {}
  // REQUIRES: sequences rise. One that is missing is said, and counts as an unknown leaf.
  void append(const LogBlock::Row& row);
  // What is missing up to there.
  void fill_up_to(std::int64_t sequence);
  std::int64_t size() const { return static_cast<std::int64_t>(tree_.size()) + skipped_; }
  Hash256 root() const { return tree_.root(); }
  // Of the newest event that says so; 0: none.
  std::int64_t clock_stepped() const { return clock_stepped_; }

 private:
  void append_leaf(const Hash256& hash, const Bytes* nodes);
  LedgerFindings& findings_;
  TreeFrontier tree_;
  std::vector<Hash256> kept_;  // as TreeFrontier, by what the rows keep
  std::int64_t clock_stepped_ = 0;
  std::int64_t skipped_ = 0;  // missing leaves for which none was appended
};

}  // namespace jawort
