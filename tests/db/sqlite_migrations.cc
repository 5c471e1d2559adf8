// What a migration makes of rows that an earlier release wrote.
#include <algorithm>
#include <map>

#include "db/sqlite/migrate.h"
#include "db/sqlite/tables.h"
#include "engine/base/file.h"
#include "engine/evidence/merkle.h"
#include "tests/db/test_store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

// The suites are run from the root of the repository or from somewhere below it.
std::string source_file(std::string path) {
  for (int level = 0; level < 6; ++level, path = "../" + path) {
    if (auto text = read_file(path, 1 << 20)) return *std::move(text);
  }
  throw std::runtime_error("run this below the root of the repository");
}

void run(Connection& connection, const std::string& sql) {
  const Status status = connection.run_script(sql);
  INFO((status.ok() ? "" : status.error().message));
  REQUIRE(status.ok());
}

// Each row as the texts of its columns.
using Rows = std::vector<std::vector<std::string>>;
Rows rows_of(Connection& connection, const std::string& sql, int columns) {
  auto rows = connection.guarded([&]() -> Result<Rows> {
    Query query(connection, sql);
    Rows all;
    while (query.step()) {
      auto& row = all.emplace_back();
      for (int i = 0; i < columns; ++i) row.push_back(query.text());
    }
    return all;
  });
  REQUIRE(rows.ok());
  return *rows;
}

std::string hex(std::string_view bytes) { return to_hex(as_bytes(bytes)); }

}  // namespace

TEST_CASE("the newest schema keeps every value, subject and consent of a database of schema 1") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  REQUIRE(write_file_durably(path, {}, 0600).ok());
  auto opened = Connection::open(path, ConnectionRole::kWriter);
  REQUIRE(opened.ok());
  Connection& connection = **opened;
  const auto migrations = embedded_migrations();
  REQUIRE(apply_migrations(connection, migrations.first(1)).ok());
  run(connection, source_file("tests/db/rows_of_schema_1.dump"));
  // What those few people did not bring along: two consents, long and empty values, no contact.
  run(connection,
      "INSERT INTO event SELECT 11, at, type, leaf FROM event WHERE sequence = 9;"
      "INSERT INTO event SELECT 12, at, type, leaf FROM event WHERE sequence = 9;"
      "INSERT INTO event_subject VALUES (200, 11), (9223372036854775807, 11), (201, 11);"
      "INSERT INTO event_value VALUES (11, 'empty', zeroblob(32), x''),"
      " (11, 'long', randomblob(32), randomblob(70000)),"
      " (11, 'of_254', randomblob(32), randomblob(254)),"
      " (11, 'of_255', randomblob(32), randomblob(255));");

  const Rows values = rows_of(
      connection,
      "SELECT sequence, name, lower(hex(salt)), lower(hex(value)) FROM event_value ORDER BY 1, 2",
      4);
  REQUIRE(values.size() > 30);
  const Rows subjects = rows_of(connection,
                                "SELECT sequence, subject_id FROM event_subject"
                                " ORDER BY sequence, subject_id",
                                2);
  const Rows asked = rows_of(
      connection, "SELECT mail_id, consent_id FROM mail_consent ORDER BY mail_id, position", 2);
  const Rows leaves = rows_of(connection, "SELECT at, type, lower(hex(leaf)) FROM event", 3);

  REQUIRE(apply_migrations(connection, migrations).ok());
  SqliteTables tables(connection);
  Rows values_now, subjects_now, asked_now, leaves_now;
  for (std::int64_t sequence = 1; sequence <= *tables.events().last_sequence(); ++sequence) {
    const auto event = **tables.events().find(sequence);
    const std::string number = std::to_string(sequence);
    leaves_now.push_back({std::to_string(to_millis(event.at)), event.type, to_hex(event.leaf)});
    if (event.contact) subjects_now.push_back({number, std::to_string(event.contact.value)});
    for (const auto id : event.consents) subjects_now.push_back({number, std::to_string(id.value)});
    const auto leaf = decode_leaf(event.leaf);
    REQUIRE(leaf.ok());
    const auto kept = tables.events().values(sequence);
    REQUIRE(kept.ok());
    for (const auto& value : *kept) {
      values_now.push_back({number, value.name, to_hex(value.salt), hex(value.value)});
      if (sequence > 10) continue;  // those above, without commitments
      const Commitment expected{value.name, commit(value.salt, value.name, as_bytes(value.value))};
      CHECK(std::ranges::find(leaf->commitments, expected) != leaf->commitments.end());
    }
  }
  for (const auto& mail : rows_of(connection, "SELECT id FROM mail ORDER BY id", 1)) {
    const auto row = tables.outbox().mail(MailId{std::stoll(mail[0])});
    REQUIRE(row.ok());
    for (const auto id : (*row)->consents) {
      asked_now.push_back({mail[0], std::to_string(id.value)});
    }
  }
  std::ranges::sort(values_now, {},
                    [](const auto& row) { return std::pair(std::stoi(row[0]), row[1]); });
  CHECK(values_now == values);
  CHECK(subjects_now == subjects);
  CHECK(asked_now == asked);
  CHECK(leaves_now == leaves);
  CHECK((*tables.events().find(11))->contact == ContactId{200});
  CHECK_FALSE((*tables.events().find(12))->contact);
  CHECK(rows_of(connection, "PRAGMA foreign_key_check", 1).empty());
  CHECK(rows_of(connection, "PRAGMA integrity_check", 1) == Rows{{"ok"}});
}

namespace {

// A database of the schema before the tree, with `events` leaves of any bytes.
std::unique_ptr<Connection> without_tree(const std::string& path, int events) {
  REQUIRE(write_file_durably(path, {}, 0600).ok());
  auto opened = Connection::open(path, ConnectionRole::kWriter);
  REQUIRE(opened.ok());
  REQUIRE(apply_migrations(**opened, embedded_migrations().first(6)).ok());
  run(**opened, "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < " +
                    std::to_string(events) +
                    ") INSERT INTO event (sequence, at, type, leaf) SELECT n, n, 't',"
                    " CAST('leaf ' || n AS BLOB) FROM n WHERE n <= " +
                    std::to_string(events));
  return std::move(*opened);
}

std::string update_trigger(Connection& connection) {
  return rows_of(connection, "SELECT sql FROM sqlite_schema WHERE name = 'event_update'", 1)
      .at(0)
      .at(0);
}

}  // namespace

TEST_CASE("the tree is filled in over the events that are there, and grows on") {
  const TemporaryFolder folder;
  const int events = GENERATE(0, 1, 2, 3, 64, 999, 1000, 1001, 2503);
  const auto connection = without_tree(folder.file("jawort.db"), events);
  const std::string trigger = update_trigger(*connection);
  REQUIRE(apply_migrations(*connection, embedded_migrations().first(7)).ok());
  CHECK(update_trigger(*connection) == trigger);
  REQUIRE(apply_migrations(*connection, embedded_migrations()).ok());
  TreeFrontier tree;
  std::vector<std::string> expected;
  for (int sequence = 1; sequence <= events; ++sequence) {
    std::string nodes;
    for (const auto& node : tree.append(leaf_hash(as_bytes("leaf " + std::to_string(sequence))))) {
      nodes += to_hex(node);
    }
    expected.push_back(nodes);
  }
  std::vector<std::string> kept;
  for (const auto& row : rows_of(*connection,
                                 "SELECT coalesce(lower(hex(nodes)), ''), nodes IS NULL,"
                                 " sequence & 1 FROM event ORDER BY sequence",
                                 3)) {
    kept.push_back(row[0]);
    CHECK(row[1] == row[2]);  // NULL where there is none, and only there
  }
  CHECK(kept == expected);
  CHECK_FALSE((events > 0 && connection->run_script("UPDATE event SET nodes = x'00'").ok()));
  SqliteTables tables(*connection);
  REQUIRE(tables.events().append(sample_event(events + 1), {}).ok());
  tree.append(leaf_hash(sample_event(events + 1).leaf));
  for (int level = 0; (1 << level) <= events + 1; ++level) {
    CHECK(tables.events().node(level, ((static_cast<unsigned>(events) + 1U) >> level) - 1).ok());
  }
}

TEST_CASE("a log with a gap gets no tree, and stays as it was") {
  const TemporaryFolder folder;
  const auto connection = without_tree(folder.file("jawort.db"), 10);
  run(*connection,
      "CREATE TABLE kept AS SELECT sql FROM sqlite_schema WHERE name = 'event_delete';"
      "DROP TRIGGER event_delete; DELETE FROM event WHERE sequence = 4;");
  const Status migrated = apply_migrations(*connection, embedded_migrations());
  REQUIRE_FALSE(migrated.ok());
  CHECK(migrated.error().message.find("event 4 is missing") != std::string::npos);
  CHECK(*schema_version_of(*connection) == 6);
  CHECK_FALSE(update_trigger(*connection).empty());
  CHECK(rows_of(*connection, "SELECT name FROM pragma_table_info('event') WHERE name = 'nodes'", 1)
            .empty());
}

}  // namespace jawort::testing
