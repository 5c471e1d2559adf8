#include "db/sqlite/backup.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "db/sqlite/check_tail.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/migrate.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string mebibytes(std::int64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

Status flush(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  return flushed ? Status{}
                 : storage_error("cannot flush " + path + ": " + system_error_text(error));
}

// The copy before it has its name. Whoever finds it unlocked may take it for the rest of a try that
// was killed.
class PartialFile {
 public:
  explicit PartialFile(std::string path) : path_(std::move(path)) {}
  ~PartialFile() {
    if (descriptor_ >= 0 && !kept_) unlink(path_.c_str());
    if (descriptor_ >= 0) close(descriptor_);
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const std::string& path() const { return path_; }

  Status make() {
    const int descriptor = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
      return refused("cannot write " + path_ + ": " + system_error_text(errno));
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      close(descriptor);
      return refused("another backup is writing " + path_);
    }
    descriptor_ = descriptor;
    if (ftruncate(descriptor, 0) == 0 && fchmod(descriptor, 0600) == 0) return {};
    return storage_error("cannot write " + path_ + ": " + system_error_text(errno));
  }

  // The source says "write-ahead log" in its header, bytes 18 and 19 (SQLite's file format §1.3.3).
  // A backup has none, and can be read where nothing can be written.
  Status without_log() const {
    constexpr unsigned char kLegacy[] = {1, 1};
    if (pwrite(descriptor_, kLegacy, sizeof kLegacy, 18) == sizeof kLegacy) return {};
    return storage_error("cannot write " + path_ + ": " + system_error_text(errno));
  }

  Status rename_to(const std::string& target) {
    if (fsync(descriptor_) != 0) {
      return storage_error("cannot flush " + path_ + ": " + system_error_text(errno));
    }
    int renamed = renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE);
    // A network file system may not know the flag; that nobody has made the file was looked at.
    if (renamed != 0 && errno == EINVAL && !exists(target)) {
      renamed = std::rename(path_.c_str(), target.c_str());
    }
    if (renamed != 0) {
      if (errno == EEXIST) return refused(target + " exists already and is not overwritten");
      return storage_error("cannot rename " + path_ + ": " + system_error_text(errno));
    }
    kept_ = true;
    return sync_folder(folder_of(target));
  }

 private:
  const std::string path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

Result<std::int64_t> number(Connection& connection, std::string_view sql) {
  return connection.guarded([&]() -> Result<std::int64_t> {
    Query query(connection, sql);
    query.step();
    return query.integer();
  });
}

Result<std::int64_t> size_of(Connection& connection) {
  const auto pages = number(connection, "PRAGMA page_count");
  if (!pages.ok()) return pages.error();
  const auto bytes = number(connection, "PRAGMA page_size");
  if (!bytes.ok()) return bytes.error();
  return *pages * *bytes;
}

// A copy beside the database must not take the room that its reserve is there for.
Status check_room(const BackupRequest& request, std::int64_t bytes) {
  struct statvfs disk {};
  struct stat from {
  }, to{};
  const std::string folder = folder_of(request.to);
  if (statvfs(folder.c_str(), &disk) != 0) {
    return refused("cannot write into " + folder + ": " + system_error_text(errno));
  }
  const bool same = stat(request.from.c_str(), &from) == 0 && stat(folder.c_str(), &to) == 0 &&
                    from.st_dev == to.st_dev;
  const std::int64_t needed = bytes + (same ? request.keep_free : 0);
  const auto free =
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  if (free >= needed) return {};
  return refused("not enough room in " + folder + ": " + mebibytes(needed) + " are needed, " +
                 std::to_string(free >> 20) + " MiB are free");
}

// Answers the newest event of the moment that was copied.
Result<std::int64_t> copy_into(PartialFile& partial, const BackupRequest& request) {
  auto source = Connection::open(request.from, ConnectionRole::kReader);
  if (!source.ok()) return source.error();
  JAWORT_TRY((*source)->run("BEGIN"));
  const auto version = schema_version_of(**source);  // the moment
  if (!version.ok()) return version.error();
  if (*version == 0) return refused("is empty");
  const auto last = number(**source, "SELECT coalesce(max(sequence), 0) FROM event");
  if (!last.ok()) return last.error();
  const auto bytes = size_of(**source);
  if (!bytes.ok()) return bytes.error();
  JAWORT_TRY(check_room(request, *bytes));
  JAWORT_TRY(partial.make());
  JAWORT_TRY((*source)->copy_to(partial.path(), request.progress));
  JAWORT_TRY(partial.without_log());
  return *last;
}

Status check_whole(Connection& connection) {
  const auto said = connection.guarded([&]() -> Result<std::string> {
    Query query(connection, "PRAGMA integrity_check(1)");
    query.step();
    return query.text();
  });
  if (!said.ok()) return said.error();
  // What SQLite says may quote a row: only that it said something.
  if (*said != "ok") return storage_error("is damaged");
  const auto broken = connection.guarded(
      [&]() -> Result<bool> { return Query(connection, "PRAGMA foreign_key_check").step(); });
  if (!broken.ok()) return broken.error();
  return *broken ? storage_error("is damaged: rows point to others that are not there") : Status{};
}

Error about(const std::string& path, const Error& error) {
  if (error.message.find(path) != std::string::npos) return error;
  return Error{error.kind, "database " + path + " " + error.message};
}

Result<BackupFacts> look_at(Connection& connection) {
  JAWORT_TRY(check_migrations(connection, embedded_migrations()));
  JAWORT_TRY(check_whole(connection));
  BackupFacts facts;
  const auto version = schema_version_of(connection);
  const auto bytes = size_of(connection);
  const auto last = number(connection, "SELECT coalesce(max(sequence), 0) FROM event");
  const auto events = number(connection, "SELECT count(*) FROM event");
  const auto contacts = number(connection, "SELECT count(*) FROM contact");
  for (const auto* found : {&bytes, &last, &events, &contacts}) {
    if (!found->ok()) return found->error();
  }
  if (*last != *events) return storage_error("is damaged: events are missing");
  facts = {*bytes, *events, *contacts, *version};
  // Older schemas keep their values elsewhere; they are looked at once they are migrated.
  if (facts.schema == static_cast<int>(embedded_migrations().size())) {
    JAWORT_TRY(check_tail(connection));
  }
  return facts;
}

// Nobody of us has it open: what its log holds goes into the file, which then alone is all of it.
// False: it cannot be read, so the log belongs to it. kUnavailable: another program has it open.
Result<bool> without_its_log(const std::string& path) {
  const std::string log = path + "-wal";
  if (!exists(log)) return true;
  {
    auto writer = Connection::open(path, ConnectionRole::kWriter);
    if (!writer.ok()) return false;
    const auto moved = (*writer)->checkpoint(Connection::Checkpoint::kTruncate);
    if (!moved.ok()) return false;
  }
  if (exists(log)) return unavailable("another program has " + path + " open; end it first");
  return true;
}

Status second_name(const std::string& path, const std::string& name) {
  if (link(path.c_str(), name.c_str()) == 0) return {};
  return storage_error("cannot keep " + path + " as " + name + ": " + system_error_text(errno));
}

}  // namespace

Result<BackupFacts> sqlite_backup(const BackupRequest& request) {
  if (exists(request.to)) return refused(request.to + " exists already and is not overwritten");
  if (!exists(request.from)) return not_found("there is no database " + request.from + " yet");
  PartialFile partial(request.to + ".partial");
  const auto last = copy_into(partial, request);
  if (!last.ok()) return about(request.from, last.error());
  auto facts = sqlite_verify(partial.path());
  if (!facts.ok()) {  // of what was copied: that is the file which the caller knows
    Error error = facts.error();
    if (const auto at = error.message.find(partial.path()); at != std::string::npos) {
      error.message.replace(at, partial.path().size(), request.from);
    }
    return error;
  }
  if (facts->events != *last) return storage_error("the copy has other events than the database");
  JAWORT_TRY(partial.rename_to(request.to));
  return facts;
}

Result<BackupFacts> sqlite_verify(const std::string& path) {
  if (!exists(path)) return not_found("there is no file " + path);
  auto connection = Connection::open(path, ConnectionRole::kReader);
  if (!connection.ok()) return connection.error();
  auto facts = look_at(**connection);
  if (!facts.ok()) return about(path, facts.error());
  return facts;
}

Result<std::string> replace_database(const std::string& fresh, const std::string& path,
                                     Instant now) {
  // Closing it moves its log into it, unless that fails; then the file alone is not all of it.
  if (exists(fresh + "-wal")) return storage_error(fresh + " could not be closed");
  JAWORT_TRY(flush(fresh));
  std::string kept;
  if (exists(path)) {
    std::string time = rfc3339(now);
    std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
    kept = path + ".replaced-" + time;
    const auto alone = without_its_log(path);
    if (!alone.ok()) return alone.error();
    JAWORT_TRY(second_name(path, kept));
    if (!*alone) JAWORT_TRY(second_name(path + "-wal", kept + "-wal"));
    JAWORT_TRY(sync_folder(folder_of(path)));
    // Never under the new one: it would be taken for its log. Nothing can be lost here, for it
    // could not be read.
    if (!*alone) unlink((path + "-wal").c_str());
    unlink((path + "-shm").c_str());
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return storage_error("cannot rename " + fresh + ": " + system_error_text(errno));
  }
  JAWORT_TRY(sync_folder(folder_of(path)));
  return kept;
}

}  // namespace jawort
