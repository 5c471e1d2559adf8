#include "db/sqlite/reader_pool.h"

namespace jawort {
namespace {

constexpr std::size_t kMaxIdle = 32;  // each holds up to 2 MiB of cache

}  // namespace

Status ReaderPool::read(const std::function<Status(const SqliteTables&)>& work) {
  if (!health_.good()) return Health::stopped();
  auto taken = take();
  if (!taken.ok()) return taken.error();
  Connection& connection = *(*taken)->connection;
  const SqliteTables& tables = (*taken)->tables;
  JAWORT_TRY(connection.run("BEGIN"));
  const Status status = connection.guarded([&] { return work(tables); });
  const Status ended = connection.in_transaction() ? connection.run("ROLLBACK") : Status{};
  if (connection.failed()) {
    health_.fail(connection.failure());
    return Health::stopped();
  }
  // There was nothing to commit; a connection in trouble goes instead of back to the pool.
  if (ended.ok()) give_back(std::move(*taken));
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
    if (connection.error().kind == ErrorKind::kStorage) health_.fail(connection.error().message);
    return connection.error();
  }
  return std::make_unique<Reader>(std::move(*connection));
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(reader));
}

}  // namespace jawort
