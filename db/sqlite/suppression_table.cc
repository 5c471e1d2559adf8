#include "db/sqlite/tables.h"

namespace jawort {

Result<std::optional<Suppression>> SqliteSuppressionTable::find(std::int64_t address_key) const {
  return connection_.guarded([&]() -> Result<std::optional<Suppression>> {
    Query query(connection_, "SELECT reason, since FROM suppression WHERE address_key = ?");
    if (!query.bind(address_key).step()) return std::optional<Suppression>{};
    const auto reason = parse_suppression_reason(query.text());
    if (!reason) return internal_error("a suppression has an unreadable reason");
    return std::optional(Suppression{*reason, query.instant()});
  });
}

Status SqliteSuppressionTable::put(std::int64_t address_key, const Suppression& suppression) {
  const auto before = find(address_key);
  if (!before.ok()) return before.error();
  if (*before && (*before)->reason >= suppression.reason) return {};
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO suppression (address_key, reason, since) VALUES (?, ?, ?)"
          " ON CONFLICT (address_key) DO UPDATE SET reason = excluded.reason,"
          " since = excluded.since")
        .run(address_key, name_of(suppression.reason), suppression.since);
    return {};
  });
}

Status SqliteSuppressionTable::remove(std::int64_t address_key) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM suppression WHERE address_key = ?").run(address_key);
    return {};
  });
}

}  // namespace jawort
