// Store on SQLite (LIBRARIES "SQLite 3.40.1"): WAL, synchronous=FULL, one writing connection in one
// thread that commits whatever waits as one group and alone checkpoints; readers apart, query_only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "db/sqlite/opt_out_journal.h"
#include "db/store.h"
#include "engine/base/log.h"

namespace jawort {

struct SqliteOptions {
  std::string path;
  bool migrate = true;  // false: kRefused with "run `jawort migrate`" when the schema is older
  // Called in the writer thread after each durable group with the number of works in it. Must not
  // block, and must not use the store.
  std::function<void(int)> on_commit{};
  std::int64_t cache_bytes = 16 << 20;  // of the writer, in memory
  std::int64_t reserve_bytes =
      0;  // kept free for what must go on when the disk is full; 0: nothing
  // Called under the lock before an older schema is migrated, with its number; an error leaves all
  // as it is. Not for a new database.
  std::function<Status(int schema)> before_migration{};
  // Keeps the journal of opt-outs, PATH.opt-outs. Nothing: none is kept.
  std::optional<OptOutKeys> opt_outs{};
};

// Takes the lock beside the file (PATH.lock, flock). kRefused: another process has it, or the
// schema is newer than this binary. kConfiguration: the folder is missing or not writable.
// kStorage: the file is damaged, or the newest events are.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, Log& log);

// Numbers and names of the migrations in this binary, and how many `path` has seen (0: no file).
struct MigrationState {
  int in_database = 0;
  int in_binary = 0;
};
Result<MigrationState> sqlite_migration_state(const std::string& path);

}  // namespace jawort
