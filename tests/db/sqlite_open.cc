// Opening the SQLite store: folders, modes, the lock, other schemas.
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite/migrate.h"
#include "db/sqlite/sqlite_store.h"
#include "tests/db/child_process.h"
#include "tests/db/test_store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

using Opened = Result<std::unique_ptr<Store>>;

Opened open_store(const std::string& path, bool migrate = true) {
  static NullLog log;
  return open_sqlite_store({path, migrate, {}}, log);
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

void run_sql(const std::string& path, const std::string& sql) {
  auto connection = Connection::open(path, ConnectionRole::kWriter);
  REQUIRE(connection.ok());
  const Status status = (*connection)->run_script(sql);
  INFO((status.ok() ? "" : status.error().message));
  REQUIRE(status.ok());
}

void make_database(const std::string& path) { REQUIRE(open_store(path).ok()); }

bool says(const Error& error, std::string_view words) {
  INFO(error.message);
  return error.message.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a new database is readable by its owner alone") {
  const TemporaryFolder folder;
  const mode_t before = umask(0);
  const auto store = open_store(folder.file("jawort.db"));
  umask(before);
  REQUIRE(store.ok());
  write(**store, [](Tables& tables) { return tables.contacts().insert(sample_contact(1)); });
  for (const char* name : {"jawort.db", "jawort.db-wal", "jawort.db-shm", "jawort.db.lock"}) {
    INFO(name);
    CHECK(mode_of(folder.file(name)) == 0600);
  }
}

TEST_CASE("a folder that is not there or cannot be written is a configuration error") {
  const TemporaryFolder folder;
  const auto missing = open_store(folder.file("no/such/jawort.db"));
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kConfiguration);
  CHECK(says(missing.error(), folder.file("no/such")));
  if (geteuid() != 0) {
    std::filesystem::create_directory(folder.file("closed"));
    std::filesystem::permissions(folder.file("closed"), std::filesystem::perms::owner_read);
    const auto closed = open_store(folder.file("closed/jawort.db"));
    REQUIRE_FALSE(closed.ok());
    CHECK(closed.error().kind == ErrorKind::kConfiguration);
  }
}

TEST_CASE("a file name is a file name, also when it looks like a URI") {
  const TemporaryFolder folder;
  const std::string name = folder.file("file:jawort.db?mode=memory");
  REQUIRE(open_store(name).ok());
  CHECK(std::filesystem::file_size(name) > 0);
}

TEST_CASE("a store that is open cannot be opened again") {
  const TemporaryFolder folder;
  const auto first = open_store(folder.file("jawort.db"));
  REQUIRE(first.ok());
  const auto second = open_store(folder.file("jawort.db"));
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == ErrorKind::kRefused);
  CHECK(says(second.error(),
             "is in use by another jawort process (pid " + std::to_string(getpid()) + ")"));
}

TEST_CASE("a second process is refused, and let in when the first one has died") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  ChildProcess child([&](const ChildProcess::Tell& tell) {
    const auto store = open_store(path);
    tell(store.ok());
    pause();
    return 0;
  });
  REQUIRE(child.next() == 1);
  const auto refused = open_store(path);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kRefused);
  CHECK(says(refused.error(), "(pid " + std::to_string(child.pid()) + ")"));
  child.kill();
  child.wait();
  CHECK(open_store(path).ok());
}

TEST_CASE("a schema newer than the binary is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  make_database(path);
  run_sql(path,
          "INSERT INTO migration SELECT max(number) + 1, 'later', zeroblob(32) FROM migration");
  const auto store = open_store(path);
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().kind == ErrorKind::kRefused);
  CHECK(says(store.error(), "was written by a newer jawort; use that version"));
  CHECK(says(store.error(), path));
}

TEST_CASE("a migration that was changed after it was applied is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  make_database(path);
  run_sql(path, "UPDATE migration SET checksum = zeroblob(32) WHERE number = 1");
  const auto store = open_store(path);
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().kind == ErrorKind::kRefused);
  CHECK(says(store.error(), "0001_first.sql"));
}

TEST_CASE("a start looks at the newest events before it serves") {
  const std::string drop =
      "DROP TRIGGER event_update; DROP TRIGGER event_delete;"
      "DROP TRIGGER event_values_update;";
  const auto opened_after = [&](const std::string& sql) {
    const TemporaryFolder folder;
    const std::string path = folder.file("jawort.db");
    {
      const auto store = open_store(path);
      REQUIRE(store.ok());
      for (int sequence = 1; sequence <= 3; ++sequence) {
        write(**store, [&](Tables& tables) {
          return tables.events().append(sample_event(sequence), sample_values(sequence));
        });
      }
    }
    run_sql(path, drop + "PRAGMA foreign_keys = OFF;" + sql);
    const auto store = open_store(path);
    if (store.ok()) return std::string();
    CHECK(store.error().kind == ErrorKind::kStorage);
    CHECK(says(store.error(), path));
    return store.error().message;
  };
  const auto has = [](const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
  };
  CHECK(opened_after("").empty());
  CHECK(opened_after("DELETE FROM event_values").empty());
  CHECK(has(opened_after("DELETE FROM event WHERE sequence = 2"), "event 2 is missing"));
  CHECK(has(opened_after("UPDATE event SET leaf = x'02' WHERE sequence = 3"),
            "event 3 cannot be read"));
  CHECK(has(opened_after("UPDATE event SET at = at + 1 WHERE sequence = 1"),
            "event 1 differs from its leaf"));
  CHECK(has(opened_after("UPDATE event_values SET packed = (SELECT packed FROM event_values"
                         " WHERE sequence = 1) WHERE sequence = 2"),
            "event 2 has a value that it did not commit to"));
  for (const char* change : {"NULL", "zeroblob(32)", "CAST(nodes || nodes AS BLOB)"}) {
    CHECK(
        has(opened_after("UPDATE event SET nodes = " + std::string(change) + " WHERE sequence = 2"),
            "event 2 does not fit into the tree"));
  }
}

TEST_CASE("a file of others is left as it is") {
  const TemporaryFolder folder;
  const std::string other = folder.file("other.db");
  std::ofstream(other).close();
  run_sql(other, "CREATE TABLE invoice (id INTEGER PRIMARY KEY)");
  const auto store = open_store(other);
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().kind == ErrorKind::kRefused);
  run_sql(other, "INSERT INTO invoice VALUES (1)");

  const std::string text = folder.file("notes.txt");
  std::ofstream(text) << std::string(5000, 'x');
  CHECK_FALSE(open_store(text).ok());
  CHECK(std::filesystem::file_size(text) == 5000);
}

TEST_CASE("without leave to migrate an older schema is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  const auto missing = open_store(path, false);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kRefused);
  CHECK_FALSE(std::filesystem::exists(path));
  std::ofstream(path).close();
  const auto empty = open_store(path, false);
  REQUIRE_FALSE(empty.ok());
  CHECK(says(empty.error(), "run `jawort migrate`"));
  make_database(path);
  CHECK(open_store(path, false).ok());
}

TEST_CASE("the state of migrations is told without opening the store") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  const int in_binary = static_cast<int>(embedded_migrations().size());
  auto state = sqlite_migration_state(path);
  REQUIRE(state.ok());
  CHECK(state->in_database == 0);
  CHECK(state->in_binary == in_binary);
  CHECK_FALSE(std::filesystem::exists(path));
  const auto store = open_store(path);
  REQUIRE(store.ok());
  CHECK((*store)->schema_version() == in_binary);
  state = sqlite_migration_state(path);  // also while somebody has it
  REQUIRE(state.ok());
  CHECK(state->in_database == in_binary);
}

TEST_CASE("migrations are numbered without gaps and each is applied once") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  std::ofstream(path).close();
  auto opened = Connection::open(path, ConnectionRole::kWriter);
  REQUIRE(opened.ok());
  Connection& connection = **opened;
  std::vector<EmbeddedFile> migrations{embedded_migrations().begin(), embedded_migrations().end()};
  migrations.resize(1);
  REQUIRE(apply_migrations(connection, migrations).ok());
  migrations.push_back({"0002_broken.sql", "CREATE TABLE half (x); CREATE TABLE half (x);"});
  REQUIRE(check_migrations(connection, migrations).ok());
  CHECK_FALSE(apply_migrations(connection, migrations).ok());
  CHECK(*schema_version_of(connection) == 1);
  CHECK(connection.run_script("CREATE TABLE half (y); DROP TABLE half").ok());  // nothing is left
  migrations.back() = {"0002_whole.sql", "CREATE TABLE whole (x);"};
  REQUIRE(apply_migrations(connection, migrations).ok());
  REQUIRE(apply_migrations(connection, migrations).ok());
  CHECK(*schema_version_of(connection) == 2);
  migrations.push_back({"0004_gap.sql", "CREATE TABLE gap (x);"});
  CHECK_FALSE(check_migrations(connection, migrations).ok());
}

}  // namespace jawort::testing
