#include "db/sqlite/disk_reserve.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace jawort {
namespace {

// Bytes that this process may still write in the folder; -1 where that cannot be known.
std::int64_t free_bytes(const std::string& folder) {
  struct statvfs info {};
  if (statvfs(folder.c_str(), &info) != 0) return -1;
  return static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
}

// What the file really occupies: one with holes would be no reserve.
std::int64_t occupied_bytes(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? std::int64_t{info.st_blocks} * 512 : 0;
}

}  // namespace

DiskReserve::DiskReserve(const std::string& database, std::int64_t bytes, Log& log)
    : path_(database + ".reserve"),
      folder_(std::filesystem::path(database).parent_path().string()),
      bytes_(bytes),
      log_(log) {
  held_ = bytes_ > 0 && occupied_bytes(path_) >= bytes_;
  if (!held_) unlink(path_.c_str());  // there is none any more, or it was made smaller
  look();
}

void DiskReserve::look() {
  if (bytes_ == 0) return;
  std::int64_t free = free_bytes(folder_);
  if (free < 0) return;
  // Forms do not go on and off with every byte: a stop ends with a quarter more than it began.
  const std::int64_t enough = space_ == DiskSpace::kEnough ? bytes_ : bytes_ + bytes_ / 4;
  if (!held_ && free >= enough + bytes_ && take()) {
    held_ = true;
    free -= bytes_;
  }
  if (held_ && free < bytes_ / 4) {
    give_back();
    free += bytes_;
  }
  become(!held_          ? DiskSpace::kReserveInUse
         : free < enough ? DiskSpace::kFormsStopped
                         : DiskSpace::kEnough,
         free);
}

bool DiskReserve::take() const {
  const int descriptor = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const bool taken = posix_fallocate(descriptor, 0, bytes_) == 0;
  close(descriptor);
  if (!taken) unlink(path_.c_str());
  return taken;
}

void DiskReserve::give_back() {
  unlink(path_.c_str());
  held_ = false;
}

void DiskReserve::become(DiskSpace space, std::int64_t free) {
  if (space_.exchange(space) == space) return;
  constexpr std::int64_t kMebi = 1024 * 1024;
  switch (space) {
    case DiskSpace::kEnough:
      return log_.info("disk_space_back", {{"free_mib", free / kMebi}});
    case DiskSpace::kFormsStopped:
      return log_.error(
          "disk_space_low",
          {{"free_mib", free / kMebi}, {"advice", "forms answer 503 until there is room again"}});
    case DiskSpace::kReserveInUse:
      return log_.error("disk_reserve_in_use",
                        {{"free_mib", free / kMebi},
                         {"advice", "forms answer 503, the rest goes on for a while: make room"}});
  }
}

}  // namespace jawort
