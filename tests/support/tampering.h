// A database that somebody changes around the store: what they write is seen by `ledger verify`
// through the same connection, and undone afterwards.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "db/sqlite/connection.h"
#include "db/sqlite/tables.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

namespace jawort::testing {

class Tampering final : public StoreReader {
 public:
  // Takes the triggers and checks away for good: the world's store is not to be used any more.
  explicit Tampering(const World& world) : world_(world) {
    open();
    std::string drops;
    take(connection_->guarded([&]() -> Status {
      Query triggers(*connection_, "SELECT name FROM sqlite_schema WHERE type = 'trigger'");
      while (triggers.step()) drops += "DROP TRIGGER " + triggers.text() + ";";
      return {};
    }));
    take(connection_->run_script(drops));
    begin();
  }

  Status read(const std::function<Status(const Tables&)>& work) const override {
    const std::lock_guard lock(mutex_);
    return work(*tables_);
  }

  void run(const std::string& sql) {
    INFO(sql);
    take(connection_->run_script(sql));
  }
  Connection& connection() { return *connection_; }

  // Undoes what was written since.
  void undo() {
    if (connection_->failed()) {
      open();
    } else {
      take(connection_->run_script("ROLLBACK"));
    }
    begin();
  }

  Result<LedgerReport> verify(const std::optional<std::vector<std::string>>& earlier = {}) const {
    const LinkKeys links{world_.keys().token, world_.context().tokens};
    LedgerRequest request{*this};
    request.own_keys = &world_.keys().ledger;
    request.earlier = earlier;
    request.links = &links;
    request.threads = 1;
    return verify_ledger(request);
  }

 private:
  void open() {
    tables_.reset();
    connection_.reset();
    connection_ = take(Connection::open(world_.database_path(), ConnectionRole::kWriter));
    tables_ = std::make_unique<SqliteTables>(*connection_);
    take(
        connection_->run_script("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;"
                                "PRAGMA ignore_check_constraints = ON;"));
  }
  void begin() { take(connection_->run_script("BEGIN")); }

  const World& world_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<SqliteTables> tables_;
  mutable std::mutex mutex_;  // guards the connection
};

}  // namespace jawort::testing
