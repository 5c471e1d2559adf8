// What `jawort check` wants to know of whoever holds the database. Facts only; the words are the
// verb's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/flow/context.h"
#include "engine/flow/seal_ledger.h"

namespace jawort {

struct ExaminedPosts {
  int looked_at = 0, without_version = 0;  // of the newest 1,000 events
};
struct ExaminedLog {
  std::optional<Instant> newest;  // nothing: there is no event yet
  ExaminedPosts posts;
};
struct ExaminedLedger {
  Status can_sign;
  Status outside;    // what was brought out (heads_outside.h)
  std::string name;  // of the log; empty: it has none yet
  unsigned key = 0;  // number of the newest one
  std::optional<CheckpointRow> last, timestamped;
  std::optional<Instant> unsealed_since;
};
// Form → reason → how many, of the last seven days.
using BlockedByForm = std::map<std::string, std::map<std::string, std::int64_t>>;

struct StoreExamination {
  Instant now;
  int schema = 0;
  bool healthy = false;  // no write has failed since the start
  Status written;        // of an empty transaction, through the writer and its commit
  DiskSpace space = DiskSpace::kEnough;
  Result<ExaminedLog> log = ExaminedLog{};
  Result<BlockedByForm> blocked = BlockedByForm{};
  Result<std::optional<OutboxPause>> pause = std::optional<OutboxPause>{};
  Result<ExaminedLedger> ledger = ExaminedLedger{};
  Instant next_mail;  // when a confirmation mail queued now may go; `now` unless the brake is on
};

inline constexpr std::chrono::days kBlockedShown{7};

// Writes the counts of blocked posts that wait in memory, and an empty transaction; else it reads.
StoreExamination examine_store(const Context& context);

}  // namespace jawort
