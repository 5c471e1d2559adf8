#include "db/sqlite/lock_file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

#include "engine/base/file.h"

namespace jawort {
namespace {

// The digits at the start of the file; empty when there are none (the holder is just starting).
std::string process_in(int descriptor) {
  std::array<char, 20> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  std::string digits;
  for (ssize_t i = 0; i < size; ++i) {
    const char digit = text.at(static_cast<std::size_t>(i));
    if (digit < '0' || digit > '9') break;
    digits += digit;
  }
  return digits;
}

}  // namespace

Result<LockFile> LockFile::take(const std::string& path) {
  const std::string name = path + ".lock";
  LockFile file(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.descriptor_ < 0)
    return configuration_error("cannot open " + name + ": " + system_error_text(errno));
  if (flock(file.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return storage_error("cannot lock " + name + ": " + system_error_text(errno));
    const std::string process = process_in(file.descriptor_);
    return refused(path + " is in use by another jawort process" +
                   (process.empty() ? "" : " (pid " + process + ")"));
  }
  const std::string line = std::to_string(getpid()) + "\n";
  if (ftruncate(file.descriptor_, 0) != 0 ||
      pwrite(file.descriptor_, line.data(), line.size(), 0) < 0) {
    return storage_error("cannot write " + name + ": " + system_error_text(errno));
  }
  return file;
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile::~LockFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace jawort
