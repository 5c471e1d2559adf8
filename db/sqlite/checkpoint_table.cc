#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define CHECKPOINT_SELECT "SELECT size, at, note, timestamp FROM checkpoint "

CheckpointRow checkpoint_row(Query& query) {
  CheckpointRow row;
  row.size = query.integer();
  row.at = query.instant();
  row.note = query.text();
  row.timestamp = query.blob();
  return row;
}

std::optional<CheckpointRow> one(Query& query) {
  return query.step() ? std::optional(checkpoint_row(query)) : std::nullopt;
}

}  // namespace

Result<std::optional<CheckpointRow>> SqliteCheckpointTable::last() const {
  return connection_.guarded([&]() -> Result<std::optional<CheckpointRow>> {
    Query query(connection_, CHECKPOINT_SELECT "WHERE size = (SELECT max(size) FROM checkpoint)");
    return one(query);
  });
}

Result<std::optional<CheckpointRow>> SqliteCheckpointTable::last_timestamped() const {
  return connection_.guarded([&]() -> Result<std::optional<CheckpointRow>> {
    Query query(connection_, CHECKPOINT_SELECT
                "WHERE size = (SELECT max(size) FROM checkpoint WHERE timestamp IS NOT NULL)");
    return one(query);
  });
}

Result<std::optional<CheckpointRow>> SqliteCheckpointTable::first_covering(
    std::int64_t size) const {
  return connection_.guarded([&]() -> Result<std::optional<CheckpointRow>> {
    Query query(connection_, CHECKPOINT_SELECT "WHERE size >= ? ORDER BY size LIMIT 1");
    query.bind(size);
    return one(query);
  });
}

Result<std::vector<CheckpointRow>> SqliteCheckpointTable::page(std::int64_t after,
                                                               int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<CheckpointRow>> {
    Query query(connection_, CHECKPOINT_SELECT "WHERE size > ? ORDER BY size LIMIT ?");
    query.bind(after, std::int64_t{limit});
    std::vector<CheckpointRow> rows;
    while (query.step()) rows.push_back(checkpoint_row(query));
    return rows;
  });
}

Status SqliteCheckpointTable::insert(const CheckpointRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO checkpoint (size, at, note) VALUES (?, ?, ?)")
        .run(row.size, row.at, row.note);
    return {};
  });
}

Status SqliteCheckpointTable::set_timestamp(std::int64_t size, const Bytes& timestamp) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "UPDATE checkpoint SET timestamp = ? WHERE size = ?").run(timestamp, size);
    return {};
  });
}

Result<std::optional<CheckpointSentRow>> SqliteCheckpointTable::sent(std::string_view place) const {
  return connection_.guarded([&]() -> Result<std::optional<CheckpointSentRow>> {
    Query query(connection_, "SELECT size, at FROM checkpoint_sent WHERE place = ?");
    if (!query.bind(place).step()) return std::optional<CheckpointSentRow>{};
    CheckpointSentRow row;
    row.size = query.integer();
    row.at = query.instant();
    return std::optional(row);
  });
}

Status SqliteCheckpointTable::set_sent(std::string_view place, const CheckpointSentRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO checkpoint_sent (place, size, at) VALUES (?, ?, ?)"
          " ON CONFLICT (place) DO UPDATE SET size = excluded.size, at = excluded.at")
        .run(place, row.size, row.at);
    return {};
  });
}

Result<std::vector<LedgerKeyRow>> SqliteLedgerKeyTable::all() const {
  return connection_.guarded([&]() -> Result<std::vector<LedgerKeyRow>> {
    Query query(connection_,
                "SELECT number, note FROM ledger_key WHERE number > 0 ORDER BY number");
    std::vector<LedgerKeyRow> rows;
    while (query.step()) {
      LedgerKeyRow row;
      const std::int64_t number = query.integer();
      row.number = static_cast<std::uint8_t>(number);
      if (row.number != number) return internal_error("a ledger key has no number of a key");
      row.note = query.text();
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

Status SqliteLedgerKeyTable::insert(const LedgerKeyRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO ledger_key (number, note) VALUES (?, ?)")
        .run(std::int64_t{row.number}, row.note);
    return {};
  });
}

}  // namespace jawort
