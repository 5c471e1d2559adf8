// The signed heads of the log, in order of size, each held against the tree as soon as it has come
// to that size: those that are kept beside the log, and those that were kept elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/store.h"
#include "engine/evidence/checkpoint.h"
#include "engine/evidence/keys.h"
#include "engine/evidence/signed_note.h"
#include "engine/flow/ledger_findings.h"
#include "engine/flow/verify_tree.h"

namespace jawort {

// One thread.
class HeadWalk {
 public:
  // `own`: the ledger keys of the key folder, which the database cannot have changed; may be null.
  HeadWalk(const StoreReader& store, const KeyRing* own, LedgerFindings& findings)
      : store_(store), own_(own), findings_(findings) {}

  // Reads which keys may have signed, and the first heads. Those that come to be after this are
  // left out.
  Status begin(const Tables& tables);
  // Notes that were kept elsewhere; `events`: how many there are now.
  void expect(const std::vector<std::string>& notes, std::int64_t events);
  // The same of the configured checkpoint_file, where what a crash or another log left is no
  // finding, unless there is nothing else in it.
  void expect_outside(const std::vector<std::string>& notes, std::int64_t events);
  // After each leaf.
  Status come_to(const LogTree& tree);
  // After the last one.
  Status end();

  std::int64_t checked() const { return checked_; }
  // What is so of the kept heads; empty: none of them could be compared.
  std::string earlier_fits() const;
  // Why kept heads could not be compared, and one that could is not among them: no word on the log.
  std::vector<std::string> not_compared() const;

 private:
  void read_keys(const std::vector<LedgerKeyRow>& rows);
  Status check_sent(const Tables& tables);
  void take_earlier(const Checkpoint& head, std::int64_t events);
  void check_own(unsigned number, const VerifierKey& key);
  Status load(const Tables& tables);
  void check(const CheckpointRow& row, const LogTree& tree);
  void check_order(const std::string& name, const Checkpoint& head, const LogTree& tree);
  void check_root(const std::string& name, const Checkpoint& head, const LogTree& tree);
  void check_earlier(const LogTree& tree);
  bool damaged(const std::string& note, const Error& error);

  const StoreReader& store_;
  const KeyRing* const own_;
  LedgerFindings& findings_;
  std::vector<VerifierKey> keys_;
  std::vector<CheckpointRow> page_;
  std::size_t next_ = 0;
  std::int64_t last_ = 0;            // the greatest that was there at the beginning
  std::vector<Checkpoint> earlier_;  // by size; those that are still to come are at the front
  std::string earlier_fits_;
  std::vector<std::string> not_compared_;
  bool compared_ = false;
  std::optional<Checkpoint> before_;
  std::int64_t fits_ = 0;  // the greatest size at which a root did
  bool parted_ = false;
  std::int64_t checked_ = 0;
};

}  // namespace jawort
