// The opt-outs of table opt_out, once more in a file beside the database that no backup holds
// (engine/privacy/opt_out.h has its lines): so that they are known although an older backup was
// restored. A copy: what it lacks, it gets from the table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "db/sqlite/connection.h"
#include "engine/base/log.h"
#include "engine/privacy/opt_out.h"

namespace jawort {

struct OptOutKeys {
  std::int64_t mark = 0;  // in the heading
  std::function<std::int64_t(std::string_view normalised)> key_of;
};

class OptOutJournal {
 public:
  // Finds out where the file ends. One that is not of this database (an older backup was put in its
  // place), or under another key, is set aside under a name with `now` in it, and a new one begun.
  // kStorage: it cannot be opened.
  static Result<std::unique_ptr<OptOutJournal>> open(const std::string& path,
                                                     const OptOutKeys& keys, Connection& connection,
                                                     Instant now, Log& log);
  ~OptOutJournal();
  OptOutJournal(const OptOutJournal&) = delete;
  OptOutJournal& operator=(const OptOutJournal&) = delete;

  // Appends what the table has more, and flushes it. REQUIRES: outside a transaction, by the thread
  // of the connection. Where that fails it is said in the log, and the next call tries again:
  // people can opt out all the same.
  void catch_up(Connection& connection);

 private:
  OptOutJournal(int descriptor, const OptOutKeys& keys, Log& log)
      : descriptor_(descriptor), keys_(keys), log_(log) {}
  bool append(const std::string& lines);

  const int descriptor_;
  const OptOutKeys keys_;
  Log& log_;
  std::int64_t size_ = 0;    // of what is whole
  std::int64_t number_ = 0;  // of the last line
  bool behind_ = false;      // the last try failed
};

// The opt-outs in the table from `first` on; those whose contact is gone are left out. An error
// also where the database has no such table yet.
Result<std::vector<OptOut>> read_opt_outs(Connection& connection, std::int64_t first, int limit,
                                          const OptOutKeys& keys);

}  // namespace jawort
