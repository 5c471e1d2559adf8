#include "db/sqlite/reader_pool.h"

namespace jawort {
namespace {

constexpr std::size_t kMaxIdle = 32;  // each holds up to 2 MiB of cache

}  // namespace

Status ReaderPool::read(const std::function<Status(const SqliteTables&)>& work) {
  auto taken = take();
  if (!taken.ok()) return taken.error();
  Connection& connection = *(*taken)->connection;
  const SqliteTables& tables = (*taken)->tables;
  Status status = connection.run("BEGIN");
  if (status.ok()) status = connection.guarded([&] { return work(tables); });
  if (connection.failed()) healthy_ = false;
  if (connection.in_transaction()) {
    const Status ended = connection.run("ROLLBACK");       // there is nothing to commit
    if (!ended.ok()) return status.ok() ? ended : status;  // the connection goes with its trouble
  }
  if (connection.failed()) return status.ok() ? storage_error("the database failed") : status;
  give_back(std::move(*taken));
  return status;
}

Result<std::unique_ptr<ReaderPool::Reader>> ReaderPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  auto connection = Connection::open(path_, ConnectionRole::kReader);
  if (!connection.ok()) {
    if (connection.error().kind == ErrorKind::kStorage) healthy_ = false;
    return connection.error();
  }
  return std::make_unique<Reader>(std::move(*connection));
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(reader));
}

}  // namespace jawort
