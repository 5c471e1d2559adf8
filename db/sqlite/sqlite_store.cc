#include "db/sqlite/sqlite_store.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "db/sqlite/check_tail.h"
#include "db/sqlite/disk_reserve.h"
#include "db/sqlite/group_writer.h"
#include "db/sqlite/lock_file.h"
#include "db/sqlite/migrate.h"
#include "db/sqlite/reader_pool.h"
#include "engine/base/file.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, LockFile lock, std::unique_ptr<DiskReserve> reserve,
              std::unique_ptr<Connection> writer, int schema_version,
              std::function<void(int)> on_commit, std::unique_ptr<OptOutJournal> journal, Log& log)
      : lock_(std::move(lock)),
        health_(log),
        reserve_(std::move(reserve)),
        schema_version_(schema_version),
        writer_(std::move(writer), health_, *reserve_, std::move(on_commit), std::move(journal)),
        readers_(path, health_) {}

  Status write(const std::function<Status(Tables&)>& work) override {
    return writer_.write(work, GroupWriter::Need::kDuty);
  }
  Status write_if_room(const std::function<Status(Tables&)>& work) override {
    return writer_.write(work, GroupWriter::Need::kGrowth);
  }

  Status read(const std::function<Status(const Tables&)>& work) const override {
    return readers_.read(work);
  }

  Result<bool> empty_log(milliseconds within) override {
    constexpr milliseconds kPause{20};
    for (milliseconds waited{0};; waited += kPause) {
      auto done = writer_.empty_log();
      if (!done.ok() || *done || waited >= within) return done;
      std::this_thread::sleep_for(kPause);
    }
  }

  DiskSpace space() const override { return reserve_->space(); }
  bool healthy() const override { return health_.good(); }
  Result<std::int64_t> highest_id() const override;
  int schema_version() const override { return schema_version_; }

 private:
  // Taken apart from below: readers first, then the writer, which as the last connection moves the
  // log into the file, then the lock.
  const LockFile lock_;
  Health health_;
  const std::unique_ptr<DiskReserve> reserve_;
  const int schema_version_;
  GroupWriter writer_;
  mutable ReaderPool readers_;
};

std::string absolute_path(const std::string& path) {
  // Also keeps SQLite from reading "file:…" as a URI.
  return fs::absolute(path).lexically_normal().string();
}

Status check_folder(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return configuration_error("the folder of the database does not exist: " + folder);
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return configuration_error("the folder of the database is not writable: " + folder);
  }
  return {};
}

// SQLite gives its own files (-wal, -shm) the mode of the database.
Status create_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return configuration_error("cannot open the database " + path + ": " +
                               system_error_text(errno));
  }
  close(descriptor);
  return sync_folder(fs::path(path).parent_path().string());
}

Status bring_up_to_date(Connection& connection, const SqliteOptions& options) {
  const auto migrations = embedded_migrations();
  JAWORT_TRY(check_migrations(connection, migrations));
  const auto version = schema_version_of(connection);
  if (!version.ok()) return version.error();
  if (*version == static_cast<int>(migrations.size())) return {};
  if (!options.migrate) return refused("has an older schema; run `jawort migrate`");
  if (*version > 0 && options.before_migration) JAWORT_TRY(options.before_migration(*version));
  return apply_migrations(connection, migrations);
}

Result<std::int64_t> SqliteStore::highest_id() const {
  std::int64_t highest = 0;
  JAWORT_TRY(readers_.read([&](const SqliteTables& tables) -> Status {
    const auto found = tables.highest_id();
    if (!found.ok()) return found.error();
    highest = *found;
    return {};
  }));
  return highest;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, Log& log) {
  const std::string path = absolute_path(options.path);
  JAWORT_TRY(check_folder(path));
  auto lock = LockFile::take(path);
  if (!lock.ok()) return lock.error();
  if (!options.migrate && !fs::exists(path)) {
    return refused("database " + path + " does not exist; run `jawort migrate`");
  }
  auto reserve = std::make_unique<DiskReserve>(path, options.reserve_bytes, log);
  JAWORT_TRY(create_file(path));
  auto writer = Connection::open(path, ConnectionRole::kWriter);
  if (!writer.ok()) return writer.error();
  JAWORT_TRY(
      (*writer)->run_script("PRAGMA cache_size = -" + std::to_string(options.cache_bytes / 1024)));
  Status current = bring_up_to_date(**writer, options);
  if (current.ok()) current = check_tail(**writer);
  if (!current.ok()) {
    return Error{current.error().kind, "database " + path + " " + current.error().message};
  }
  std::unique_ptr<OptOutJournal> journal;
  if (options.opt_outs) {
    auto opened = OptOutJournal::open(path + ".opt-outs", *options.opt_outs, **writer,
                                      SystemClock().now(), log);
    if (!opened.ok()) return opened.error();
    journal = std::move(*opened);
    journal->catch_up(**writer);  // what a crash kept from it
  }
  const int version = static_cast<int>(embedded_migrations().size());
  log.info("database_opened", {{"schema_version", std::int64_t{version}}});
  return std::unique_ptr<Store>(
      std::make_unique<SqliteStore>(path, std::move(*lock), std::move(reserve), std::move(*writer),
                                    version, options.on_commit, std::move(journal), log));
}

Result<MigrationState> sqlite_migration_state(const std::string& path) {
  MigrationState state;
  state.in_binary = static_cast<int>(embedded_migrations().size());
  const std::string file = absolute_path(path);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return state;
  if (fs::is_directory(file, ignored)) {
    return configuration_error("the database " + file + " is a folder; name a file in it");
  }
  auto reader = Connection::open(file, ConnectionRole::kReader);
  if (!reader.ok()) return reader.error();
  const auto version = schema_version_of(**reader);
  if (!version.ok()) {
    return Error{version.error().kind, "database " + file + " " + version.error().message};
  }
  state.in_database = *version;
  return state;
}

}  // namespace jawort
