#include "engine/base/file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace jawort {
namespace {

Error failed(std::string_view what, const std::string& path, int error) {
  std::string message(what);
  message.append(" ").append(path).append(": ").append(system_error_text(error));
  if (error == ENOENT || error == ENOTDIR) return not_found(std::move(message));
  return storage_error(std::move(message));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { (void)close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  // False when the kernel reports a write that failed late.
  bool close() {
    const int number = std::exchange(number_, -1);
    return number < 0 || ::close(number) == 0;
  }

 private:
  int number_;
};

// Removes the unfinished file when it was not renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target)
      : path_(target + ".new-XXXXXX"), file_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  ~TemporaryFile() {
    if (file_.number() >= 0 || written_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool made() const { return file_.number() >= 0; }

  bool write(ByteView bytes, mode_t mode) {
    if (!write_all(file_.number(), as_text(bytes))) return false;
    if (::fchmod(file_.number(), mode) != 0 || ::fsync(file_.number()) != 0) return false;
    written_ = true;
    return file_.close();
  }

  bool rename_to(const std::string& target, IfExists if_exists) {
    const unsigned flags = if_exists == IfExists::kRefuse ? RENAME_NOREPLACE : 0;
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), flags) != 0) return false;
    written_ = false;
    return true;
  }

 private:
  std::string path_;
  Descriptor file_;
  bool written_ = false;
};

Result<std::string> read_all(const Descriptor& file, const std::string& path, std::size_t limit) {
  std::string out;
  std::array<char, 16384> block;
  for (;;) {
    const ssize_t got = ::read(file.number(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EISDIR) return invalid(path + " is a folder, not a file");
    if (got < 0) return failed("cannot read", path, errno);
    if (got == 0) return out;
    out.append(block.data(), static_cast<std::size_t>(got));
    if (out.size() > limit) {
      return invalid(path + " is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

Status check_private(const Descriptor& file, const std::string& path) {
  struct stat status {};
  struct statvfs system {};
  if (::fstat(file.number(), &status) != 0 || ::fstatvfs(file.number(), &system) != 0) {
    return failed("cannot examine", path, errno);
  }
  if (!S_ISREG(status.st_mode)) return configuration_error(path + " is not a file");
  const bool roots = status.st_uid == 0;
  if (!roots && ::geteuid() != 0 && status.st_uid != ::geteuid()) {
    return configuration_error(path + " belongs to another user, who could change it");
  }
  const bool read_only = (system.f_flag & ST_RDONLY) != 0;
  const bool group_may_read = roots && (status.st_gid != 0 || read_only);
  if ((status.st_mode & (group_may_read ? 0037U : 0077U)) == 0) return {};
  return configuration_error(path + " is open to other users; make it private: chmod 600 " + path);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// strerrordesc_np knows no locale and is safe in threads.
std::string system_error_text(int error) {
  const char* text = ::strerrordesc_np(error);
  return text != nullptr ? text : "error " + std::to_string(error);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return failed("cannot open", path, errno);
  return read_all(file, path, limit);
}

Result<std::string> read_secret_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: a pipe must not keep us waiting for its other end.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return failed("cannot open", path, errno);
  JAWORT_TRY(check_private(file, path));
  return read_all(file, path, limit);
}

Status write_file_durably(const std::string& path, ByteView bytes, mode_t mode,
                          IfExists if_exists) {
  const auto storage = [&](int error) {
    return storage_error("cannot write " + path + ": " + system_error_text(error));
  };
  TemporaryFile file(path);
  if (!file.made()) return storage(errno);
  if (!file.write(bytes, mode)) return storage(errno);
  if (!file.rename_to(path, if_exists)) {
    if (errno == EEXIST) return refused(path + " exists already");
    return storage(errno);
  }
  return sync_folder(folder_of(path));
}

Status sync_folder(const std::string& folder) {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.number() < 0 || ::fsync(file.number()) != 0) {
    return storage_error("cannot flush the folder " + folder + ": " + system_error_text(errno));
  }
  return {};
}

}  // namespace jawort
