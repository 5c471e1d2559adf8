#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define DEFINITION_SELECT                                                        \
  "SELECT d.kind, d.id, d.body, d.version, d.created_at, c.version IS NOT NULL " \
  "FROM definition d LEFT JOIN definition_current c "                            \
  "ON c.kind = d.kind AND c.id = d.id AND c.version = d.version "

DefinitionRow definition_row(Query& query) {
  DefinitionRow row;
  row.kind = query.text();
  row.id = query.text();
  row.body = query.text();
  row.version = query.hash();
  row.created_at = query.instant();
  row.current = query.integer() != 0;
  return row;
}

std::optional<DefinitionRow> find_version(Connection& connection, const Hash256& version) {
  Query query(connection, DEFINITION_SELECT "WHERE d.version = ?");
  return query.bind(version).step() ? std::optional(definition_row(query)) : std::nullopt;
}

}  // namespace

Result<std::vector<DefinitionRow>> SqliteDefinitionTable::current() const {
  return connection_.guarded([&]() -> Result<std::vector<DefinitionRow>> {
    Query query(connection_,
                "SELECT c.kind, c.id, d.body, d.version, d.created_at, 1"
                " FROM definition_current c JOIN definition d ON d.version = c.version"
                " ORDER BY c.kind, c.id");
    std::vector<DefinitionRow> rows;
    while (query.step()) rows.push_back(definition_row(query));
    return rows;
  });
}

Result<std::optional<DefinitionRow>> SqliteDefinitionTable::find(const Hash256& version) const {
  return connection_.guarded(
      [&]() -> Result<std::optional<DefinitionRow>> { return find_version(connection_, version); });
}

Result<std::vector<DefinitionRow>> SqliteDefinitionTable::page(const Hash256& after,
                                                               int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<DefinitionRow>> {
    Query query(connection_, DEFINITION_SELECT "WHERE d.version > ? ORDER BY d.version LIMIT ?");
    query.bind(after, limit);
    std::vector<DefinitionRow> rows;
    while (query.step()) rows.push_back(definition_row(query));
    return rows;
  });
}

Status SqliteDefinitionTable::put(const DefinitionRow& row) {
  return connection_.guarded([&]() -> Status {
    const auto known = find_version(connection_, row.version);
    if (known && (known->kind != row.kind || known->id != row.id || known->body != row.body)) {
      return internal_error("two definitions have the same version");
    }
    if (!known) {
      Query(connection_,
            "INSERT INTO definition (version, kind, id, body, created_at) VALUES (?, ?, ?, ?, ?)")
          .run(row.version, row.kind, row.id, row.body, row.created_at);
    }
    Query(connection_,
          "INSERT INTO definition_current (kind, id, version) VALUES (?, ?, ?)"
          " ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version")
        .run(row.kind, row.id, row.version);
    return {};
  });
}

Status SqliteDefinitionTable::retire(std::string_view kind, std::string_view id) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM definition_current WHERE kind = ? AND id = ?").run(kind, id);
    return {};
  });
}

}  // namespace jawort
