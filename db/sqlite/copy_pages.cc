#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>

#include "db/sqlite/connection.h"

namespace jawort {
namespace {

constexpr int kPagesAtOnce = 1024;  // 4 MiB between two words about the progress

// The copy is nobody's yet: no journal, no flush, no cache.
constexpr const char* kCopyPragmas =
    "PRAGMA journal_mode = OFF;"
    "PRAGMA synchronous = OFF;"
    "PRAGMA cache_size = -1024;";

}  // namespace

// The open transaction is what makes it one moment: without it SQLite would begin anew after each
// commit of others.
Status Connection::copy_to(const std::string& target,
                           const std::function<void(int per_cent)>& progress) {
  return guarded([&]() -> Status {
    SQLite::Database copy(target, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
    copy.exec(kCopyPragmas);
    SQLite::Backup backup(copy, *database_);
    for (int code = SQLite::OK; code == SQLite::OK;) {
      code = backup.executeStep(kPagesAtOnce);
      if (code != SQLite::OK && backup.getRemainingPageCount() > 0) {
        return unavailable("another program holds the database");
      }
      const int all = backup.getTotalPageCount();
      if (progress && all > 0) {
        progress(
            static_cast<int>((all - std::int64_t{backup.getRemainingPageCount()}) * 100 / all));
      }
    }
    return {};
  });
}

}  // namespace jawort
