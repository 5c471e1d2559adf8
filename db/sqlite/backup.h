// Copies of a database file: made while it is in use, looked at before anybody relies on them, and
// put in its place.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace jawort {

struct BackupFacts {
  std::int64_t bytes = 0, events = 0, contacts = 0;
  int schema = 0;
};

struct BackupRequest {
  std::string from, to;        // `to` must not exist; it gets mode 0600
  std::int64_t keep_free = 0;  // bytes on the file system of `from`, when `to` is on the same
  // Told now and then how much is copied, in per cent; 100: all, and it is being looked at. May be
  // empty.
  std::function<void(int per_cent)> progress;
};

// The database as it is at one moment, in one file without a log, while others read and write it:
// they wait for nothing, but the write-ahead log is not reset before the copy is done. The file is
// looked at (sqlite_verify), flushed, and only then gets its name; until then it is `to`.partial,
// which the next try removes. kRefused: `to` exists, another backup writes it, there is no room, or
// as sqlite_verify. kNotFound: there is no database. kStorage: the rest, a full disk included.
Result<BackupFacts> sqlite_backup(const BackupRequest& request);

// Reads all of a database file: SQLite's own check, the migrations it has seen, that the events
// have no gap, and for the newest schema the newest events and values. kRefused: it is none of
// ours, or of a newer jawort. kStorage: it is damaged.
Result<BackupFacts> sqlite_verify(const std::string& path);

// Puts the database `fresh` (whole and closed) in the place of `path`, which is kept beside it
// under the name it answers ("" where there was none): its write-ahead log is moved into it first,
// or where that cannot be done kept as well. A crash leaves the one or the other in place, whole.
// REQUIRES: the caller holds the lock of `path`.
Result<std::string> replace_database(const std::string& fresh, const std::string& path,
                                     Instant now);

}  // namespace jawort
