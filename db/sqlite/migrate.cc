#include "db/sqlite/migrate.h"

#include <charconv>

#include "db/sqlite/fill_nodes.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::size_t kNumberDigits = 4;

std::optional<int> number_of(const EmbeddedFile& migration) {
  if (migration.path.size() <= kNumberDigits || migration.path[kNumberDigits] != '_') return {};
  const char* const end = migration.path.data() + kNumberDigits;
  int number = 0;
  const auto parsed = std::from_chars(migration.path.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  return number;
}

Status check_numbers(std::span<const EmbeddedFile> migrations) {
  int expected = 0;
  for (const EmbeddedFile& migration : migrations) {
    if (number_of(migration) != ++expected) {
      return internal_error("migrations are not numbered from 1 without gaps: " +
                            std::string(migration.path));
    }
  }
  return {};
}

Result<std::optional<Hash256>> checksum_in_database(Connection& connection, int number) {
  return connection.guarded([&]() -> Result<std::optional<Hash256>> {
    Query query(connection, "SELECT checksum FROM migration WHERE number = ?");
    if (!query.bind(number).step()) return std::optional<Hash256>{};
    return std::optional(query.hash());
  });
}

// What SQL alone cannot do of a migration, after its file.
Status run_code_of(Connection& connection, int number) {
  constexpr int kLedger = 7;
  return number == kLedger ? fill_nodes(connection) : Status{};
}

// In a transaction that the caller has begun.
Status apply_one(Connection& connection, int number, const EmbeddedFile& migration) {
  JAWORT_TRY(connection.run_script(std::string(migration.content)));
  JAWORT_TRY(run_code_of(connection, number));
  return connection.guarded([&]() -> Status {
    Query(connection, "INSERT INTO migration (number, name, checksum) VALUES (?, ?, ?)")
        .run(number, migration.path, sha256(as_bytes(migration.content)));
    return {};
  });
}

}  // namespace

Result<int> schema_version_of(Connection& connection) {
  return connection.guarded([&]() -> Result<int> {
    Query tables(connection,
                 "SELECT count(*), coalesce(sum(type = 'table' AND name = 'migration'), 0)"
                 " FROM sqlite_schema");
    tables.step();
    if (tables.integer() == 0) return 0;
    if (tables.integer() == 0) return refused("is a database, but not one of jawort");
    Query newest(connection, "SELECT coalesce(max(number), 0) FROM migration");
    newest.step();
    return static_cast<int>(newest.integer());
  });
}

Status check_migrations(Connection& connection, std::span<const EmbeddedFile> migrations) {
  JAWORT_TRY(check_numbers(migrations));
  const auto version = schema_version_of(connection);
  if (!version.ok()) return version.error();
  if (*version > static_cast<int>(migrations.size())) {
    return refused("was written by a newer jawort; use that version");
  }
  for (int number = 1; number <= *version; ++number) {
    const EmbeddedFile& migration = migrations[static_cast<std::size_t>(number) - 1];
    const auto checksum = checksum_in_database(connection, number);
    if (!checksum.ok()) return checksum.error();
    if (*checksum != sha256(as_bytes(migration.content))) {
      return refused("has seen another migration " + std::string(migration.path) +
                     " than the one in this binary");
    }
  }
  return {};
}

Status apply_migrations(Connection& connection, std::span<const EmbeddedFile> migrations) {
  const auto version = schema_version_of(connection);
  if (!version.ok()) return version.error();
  for (const EmbeddedFile& migration : migrations) {
    const int number = number_of(migration).value_or(0);
    if (number <= *version) continue;
    JAWORT_TRY(connection.run("BEGIN IMMEDIATE"));
    Status applied = apply_one(connection, number, migration);
    if (applied.ok()) applied = connection.run("COMMIT");
    if (!applied.ok()) {
      if (connection.in_transaction()) (void)connection.run("ROLLBACK");
      return Error{applied.error().kind,
                   "migration " + std::string(migration.path) + ": " + applied.error().message};
    }
  }
  return {};
}

}  // namespace jawort
