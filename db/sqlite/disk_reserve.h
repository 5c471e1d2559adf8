// Room on the disk for what must go on when it is full: a file beside the database that is given
// back to the file system then. `reserve` bytes lie in the file, and forms stop while as much is
// still free, so that confirmations, denials and revocations have twice that.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "db/store.h"
#include "engine/base/log.h"

namespace jawort {

class DiskReserve {
 public:
  // `bytes`: 0 for none, then there is always enough. Looks at once: before the database is opened,
  // which needs some room itself.
  DiskReserve(const std::string& database, std::int64_t bytes, Log& log);

  // Compares what is free with what is needed; takes the reserve or gives it back. Cheap enough for
  // every group of writes (one statvfs). One thread at a time.
  void look();

  DiskSpace space() const { return space_; }  // thread-safe
  std::int64_t bytes() const { return bytes_; }

 private:
  bool take() const;
  void give_back();
  void become(DiskSpace space, std::int64_t free);

  const std::string path_, folder_;
  const std::int64_t bytes_;
  Log& log_;
  bool held_ = false;
  std::atomic<DiskSpace> space_{DiskSpace::kEnough};
};

}  // namespace jawort
