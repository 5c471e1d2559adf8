// What the SQLite store promises when it is killed, when the disk fails, and when others are in
// its way.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/resource.h>
#include <thread>

#include "db/sqlite/migrate.h"
#include "db/sqlite/sqlite_store.h"
#include "tests/db/child_process.h"
#include "tests/db/test_store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

constexpr int kThreads = 4;

std::unique_ptr<Store> open_store(const std::string& path,
                                  std::function<void(int)> on_commit = {}) {
  static NullLog log;
  auto store = open_sqlite_store({path, true, std::move(on_commit)}, log);
  if (!store.ok()) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

// A contact and an event about it: never the one without the other.
Status write_pair(Store& store, std::int64_t id, std::size_t bytes = 100) {
  return store.write([=](Tables& tables) -> Status {
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    EventRow event = sample_event(*last + 1);
    ContactRow contact = sample_contact(id);
    contact.source.assign(bytes, 'x');
    JAWORT_TRY(tables.contacts().insert(contact));
    event.contact = ContactId{id};
    return tables.events().append(event, sample_values(event.sequence));
  });
}

// Several threads write pairs and tell the ids that were acknowledged, until a write fails or each
// has written `count`.
void write_and_tell(Store& store, std::int64_t first_id, int count, std::size_t leaf_bytes,
                    const ChildProcess::Tell& tell) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < count; ++i) {
        const std::int64_t id = first_id + thread * std::int64_t{count} + i;
        if (!write_pair(store, id, leaf_bytes).ok()) return;
        tell(id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Everything acknowledged is there, and there are as many events as contacts.
void check_all_there(const std::string& path, const std::vector<std::int64_t>& acknowledged) {
  const auto store = open_store(path);
  int missing = 0;
  std::size_t contacts = 0;
  std::int64_t events = 0;
  const Status status = store->read([&](const Tables& tables) -> Status {
    for (const std::int64_t id : acknowledged) {
      const auto contact = tables.contacts().find(ContactId{id});
      if (!contact.ok() || !contact->has_value() || tables.events().about(ContactId{id})->empty()) {
        ++missing;
      }
    }
    contacts = tables.contacts().page({}, 1 << 30)->size();
    events = *tables.events().last_sequence();
    return {};
  });
  CHECK(status.ok());
  CHECK(missing == 0);
  CHECK(contacts >= acknowledged.size());
  CHECK(contacts == static_cast<std::size_t>(events));
}

// Kills a writing child `rounds` times in one database, each time after another number of
// acknowledged writes.
void kill_and_check(int rounds) {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  std::mt19937 chance(20261123);
  std::vector<std::int64_t> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    ChildProcess child([&](const ChildProcess::Tell& tell) {
      const auto store = open_store(path);
      write_and_tell(*store, 1 + round * 1000000, 100000, 100, tell);
      return 0;
    });
    const int until = static_cast<int>(chance() % 150);
    for (int i = 0; i < until; ++i) acknowledged.push_back(child.next().value_or(0));
    child.kill();
    for (const std::int64_t id : child.rest()) acknowledged.push_back(id);
    CHECK(child.wait() == -1);
    if (round % 5 == 4 || round == rounds - 1) check_all_there(path, acknowledged);
  }
}

// In a child whose files may not grow beyond `limit` bytes: writes until that fails, then looks
// whether the store has stopped. Answers 0 when all is as promised.
int fail_in_child(const std::string& path, rlim_t limit, std::size_t leaf_bytes,
                  const ChildProcess::Tell& tell) {
  const auto store = open_store(path);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit small{limit, limit};
  if (setrlimit(RLIMIT_FSIZE, &small) != 0) return 10;
  write_and_tell(*store, 1, 100000, leaf_bytes, tell);
  if (store->healthy()) return 11;
  bool ran = false;
  const Status write = store->write([&](Tables&) -> Status {
    ran = true;
    return {};
  });
  if (ran || write.ok() || write.error().kind != ErrorKind::kStorage) return 12;
  const Status read = store->read([&](const Tables&) -> Status {
    ran = true;
    return {};
  });
  if (ran || read.ok() || read.error().kind != ErrorKind::kStorage) return 13;
  const auto highest = store->highest_id();
  return highest.ok() || highest.error().kind != ErrorKind::kStorage ? 14 : 0;
}

void fail_and_check(rlim_t limit, std::size_t leaf_bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  ChildProcess child(
      [&](const ChildProcess::Tell& tell) { return fail_in_child(path, limit, leaf_bytes, tell); });
  const auto acknowledged = child.rest();
  CHECK(child.wait() == 0);
  CHECK_FALSE(acknowledged.empty());
  check_all_there(path, acknowledged);
}

class FailureLog final : public Log {
 public:
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField>) override {
    if (level == LogLevel::kError && event == "storage_failed") ++failures;
  }
  std::atomic<int> failures{0};
};

std::int64_t one_number(Connection& connection, const std::string& sql) {
  return connection
      .guarded([&]() -> Result<std::int64_t> {
        Query query(connection, sql);
        query.step();
        return query.integer();
      })
      .value();
}

}  // namespace

TEST_CASE("writes of many threads are all there, and share their commits") {
  constexpr int kWriters = 16;
  constexpr int kEach = 500;
  const TemporaryFolder folder;
  int commits = 0;  // both are set by the writer thread, and read when it has ended
  int works = 0;
  auto store = open_store(folder.file("jawort.db"), [&](int count) {
    ++commits;
    works += count;
  });
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kWriters; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        if (!write_pair(*store, 1 + thread * kEach + i).ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  store.reset();
  CHECK(failed == 0);
  CHECK(works == kWriters * kEach);
  CHECK(commits < works / 2);
  std::vector<std::int64_t> all;
  for (std::int64_t id = 1; id <= kWriters * kEach; ++id) all.push_back(id);
  check_all_there(folder.file("jawort.db"), all);
}

TEST_CASE("closing finishes what waits") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  {
    const auto store = open_store(path);
    for (std::int64_t id = 1; id <= 5; ++id) REQUIRE(write_pair(*store, id).ok());
  }
  CHECK_FALSE(std::filesystem::exists(path + "-wal"));  // all of it is in the file
  check_all_there(path, {1, 2, 3, 4, 5});
}

TEST_CASE("a kill loses nothing that was acknowledged") { kill_and_check(20); }

TEST_CASE("many kills lose nothing that was acknowledged", "[long]") { kill_and_check(200); }

TEST_CASE("after a failed commit nothing is acknowledged any more") {
  fail_and_check(1 << 20, 1000);
}

TEST_CASE("after a failed checkpoint nothing is acknowledged any more", "[long]") {
  // The log stays below the limit, since it begins anew at 16 MiB; the database outgrows it.
  fail_and_check(rlim_t{19} << 20, 60000);
}

TEST_CASE("a kill during a migration leaves the schema before or after it") {
  constexpr int kCount = 30;
  std::vector<std::string> names;
  std::vector<std::string> texts;
  for (int number = 2; number <= kCount; ++number) {
    const std::string n = std::to_string(number);
    names.push_back((number < 10 ? "000" : "00") + n + "_more.sql");
    texts.push_back("CREATE TABLE more_" + n + " (x TEXT); CREATE INDEX more_by_x_" + n +
                    " ON more_" + n + " (x); WITH RECURSIVE row(i) AS (SELECT 1 UNION ALL" +
                    " SELECT i + 1 FROM row WHERE i < 100) INSERT INTO more_" + n +
                    " SELECT hex(randomblob(200)) FROM row;");
  }
  std::vector<EmbeddedFile> migrations{embedded_migrations().front()};
  for (std::size_t i = 0; i < names.size(); ++i) migrations.push_back({names[i], texts[i]});
  std::mt19937 chance(1);
  const auto migrate = [&](const std::string& path) {
    auto connection = Connection::open(path, ConnectionRole::kWriter);
    return connection.ok() && apply_migrations(**connection, migrations).ok() ? 0 : 1;
  };

  for (int round = 0; round < 10; ++round) {
    const TemporaryFolder folder;
    const std::string path = folder.file("jawort.db");
    std::ofstream(path).close();
    ChildProcess child([&](const ChildProcess::Tell&) { return migrate(path); });
    const std::uintmax_t until = chance() % 2000000;  // bytes in the log
    std::error_code none;
    for (std::uintmax_t size = 0; size < until && !child.has_ended();) {
      size = std::filesystem::file_size(path + "-wal", none);
      if (none) size = 0;
    }
    child.kill();
    child.wait();

    auto opened = Connection::open(path, ConnectionRole::kWriter);
    REQUIRE(opened.ok());
    Connection& connection = **opened;
    REQUIRE(check_migrations(connection, migrations).ok());
    const int version = *schema_version_of(connection);
    const std::string named = " FROM sqlite_schema WHERE name LIKE 'more%'";
    CHECK(one_number(connection, "SELECT count(*)" + named) == 2 * std::max(version - 1, 0));
    for (int number = 2; number <= version; ++number) {
      CHECK(one_number(connection, "SELECT count(*) FROM more_" + std::to_string(number)) == 100);
    }
    CHECK(apply_migrations(connection, migrations).ok());
    CHECK(*schema_version_of(connection) == kCount);
  }
}

TEST_CASE("a damaged table stops the store") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  REQUIRE(write_pair(*open_store(path), 1).ok());
  std::int64_t page = 0;
  {
    const auto opened = Connection::open(path, ConnectionRole::kWriter);
    page = one_number(**opened, "SELECT rootpage FROM sqlite_schema WHERE name = 'contact'");
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * 4096);
    file << std::string(4096, '\xee');
  }
  FailureLog log;
  const auto opened = open_sqlite_store({path, true, {}}, log);
  REQUIRE(opened.ok());
  const auto& store = *opened;
  for (int i = 0; i < 2; ++i) {
    const Status read = store->read([](const Tables& tables) -> Status {
      JAWORT_TRY(tables.contacts().find(ContactId{1}));
      return {};
    });
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().kind == ErrorKind::kStorage);
  }
  CHECK(log.failures == 1);
  CHECK_FALSE(store->healthy());
  CHECK(refused_kind(*store, [](Tables&) -> Status { return {}; }) == ErrorKind::kStorage);
}

TEST_CASE("a write that hides a storage error is not acknowledged") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  REQUIRE(write_pair(*open_store(path), 1).ok());
  {
    const auto opened = Connection::open(path, ConnectionRole::kWriter);
    const auto page =
        one_number(**opened, "SELECT rootpage FROM sqlite_schema WHERE name = 'contact'");
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * 4096);
    file << std::string(4096, '\xee');
  }
  const auto store = open_store(path);
  CHECK(refused_kind(*store, [](Tables& tables) -> Status {
          (void)tables.contacts().insert(sample_contact(2));
          return {};
        }) == ErrorKind::kStorage);
  CHECK_FALSE(store->healthy());
}

TEST_CASE("while another program holds the file a write may be tried again", "[long]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  const auto store = open_store(path);
  auto other = Connection::open(path, ConnectionRole::kWriter);
  REQUIRE(other.ok());
  REQUIRE((*other)->run("BEGIN IMMEDIATE").ok());
  const Status status = write_pair(*store, 1);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::kUnavailable);
  CHECK(store->healthy());
  REQUIRE((*other)->run("ROLLBACK").ok());
  CHECK(write_pair(*store, 1).ok());
}

}  // namespace jawort::testing
