// The signed log's tables of db/store.h on one connection (tables.h).
#pragma once

#include "db/sqlite/connection.h"
#include "db/store.h"

namespace jawort {

class SqliteCheckpointTable final : public CheckpointTable {
 public:
  explicit SqliteCheckpointTable(Connection& connection) : connection_(connection) {}
  Result<std::optional<CheckpointRow>> last() const override;
  Result<std::optional<CheckpointRow>> last_timestamped() const override;
  Result<std::optional<CheckpointRow>> first_covering(std::int64_t size) const override;
  Result<std::vector<CheckpointRow>> page(std::int64_t after, int limit) const override;
  Status insert(const CheckpointRow& row) override;
  Status set_timestamp(std::int64_t size, const Bytes& timestamp) override;
  Result<std::optional<CheckpointSentRow>> sent(std::string_view place) const override;
  Status set_sent(std::string_view place, const CheckpointSentRow& row) override;

 private:
  Connection& connection_;
};

class SqliteLedgerKeyTable final : public LedgerKeyTable {
 public:
  explicit SqliteLedgerKeyTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<LedgerKeyRow>> all() const override;
  Status insert(const LedgerKeyRow& row) override;

 private:
  Connection& connection_;
};

class SqliteReceiptTable final : public ReceiptTable {
 public:
  explicit SqliteReceiptTable(Connection& connection) : connection_(connection) {}
  Status add(std::int64_t confirmation) override;
  Result<std::vector<std::int64_t>> due(std::int64_t covered, int limit) const override;
  Result<bool> take(std::int64_t confirmation) override;

 private:
  Connection& connection_;
};

}  // namespace jawort
