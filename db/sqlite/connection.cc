#include "db/sqlite/connection.h"

#include <algorithm>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "db/sqlite/wiping_vfs.h"

namespace jawort {
namespace {

constexpr int kBusyTimeoutMs = 5000;  // a DBA's sqlite3 shell may hold the file for a moment

// trusted_schema: a tampered file must not run functions of its choice. temp_store: nothing
// personal goes to temporary files. secure_delete: what is erased is overwritten with zeros.
// recursive_triggers: REPLACE would go around the append-only triggers otherwise. mmap_size 0: an
// I/O error must come back as a result code, not as a signal.
constexpr const char* kCommonPragmas =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA recursive_triggers = ON;"
    "PRAGMA mmap_size = 0;";
// wal_autocheckpoint 0: the writer checkpoints by itself, after it has released those who wait, and
// looks at the result, which SQLite's own automatism drops.
constexpr const char* kWriterPragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA wal_autocheckpoint = 0;";
constexpr const char* kReaderPragmas =
    "PRAGMA query_only = ON;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA cache_size = -2048;";  // KiB

int remember_log_pages(void* log_pages, sqlite3*, const char*, int pages) {
  *static_cast<int*>(log_pages) = pages;
  return SQLITE_OK;
}

bool is_broken_rule_of_ours(int extended_code) {
  return extended_code == SQLITE_CONSTRAINT_CHECK || extended_code == SQLITE_CONSTRAINT_NOTNULL ||
         extended_code == SQLITE_CONSTRAINT_DATATYPE;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, ConnectionRole role) {
  std::unique_ptr<Connection> connection(new Connection(role));
  const Status opened = connection->guarded([&]() -> Status {
    // One thread at a time uses a connection, so SQLite need not lock it.
    connection->database_ = std::make_unique<SQLite::Database>(
        path.c_str(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs,
        role == ConnectionRole::kWriter ? wiping_vfs() : nullptr);
    return connection->configure();
  });
  if (!opened.ok()) {
    return Error{opened.error().kind, "database " + path + ": " + opened.error().message};
  }
  return connection;
}

Connection::Connection(ConnectionRole role) : role_(role) {
  // Before the first connection: SQLite need not count its allocations under a lock.
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Connection::~Connection() {
  statements_.clear();
  if (!database_) return;
  // A reader leaves the log alone, and after a failure the file stays as it is for the next start.
  if (failed() || role_ == ConnectionRole::kReader) {
    sqlite3_db_config(database_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
}

Status Connection::configure() {
  sqlite3* const handle = database_->getHandle();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  database_->exec(kCommonPragmas);
  if (role_ == ConnectionRole::kReader) {
    database_->exec(kReaderPragmas);
    return {};
  }
  database_->exec(kWriterPragmas);
  sqlite3_wal_hook(handle, remember_log_pages, &log_pages_);
  // SQLite stays in the old mode without an error where the file system has no shared memory.
  if (database_->execAndGet("PRAGMA journal_mode").getString() != "wal") {
    return configuration_error("the file system cannot hold a write-ahead log");
  }
  return {};
}

Status Connection::run_script(const std::string& sql) {
  return guarded([&]() -> Status {
    database_->exec(sql);
    return {};
  });
}

Status Connection::run(std::string_view sql) {
  return guarded([&]() -> Status {
    Query(*this, sql).run();
    return {};
  });
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(database_->getHandle()) == 0;
}

std::int64_t Connection::changes() const { return sqlite3_total_changes64(database_->getHandle()); }

Result<bool> Connection::checkpoint(Checkpoint mode) {
  sqlite3* const handle = database_->getHandle();
  const bool truncate = mode == Checkpoint::kTruncate;
  if (truncate) sqlite3_busy_timeout(handle, 0);
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      handle, nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &pages,
      &moved);
  if (truncate) sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  if ((code & 0xff) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return error_of(code, sqlite3_errstr(code));
  log_pages_ = pages;
  return pages == moved;
}

void Connection::each_statement(const std::function<void(const std::string&)>& see) const {
  for (const auto& [sql, statement] : statements_) see(sql);
}

// Called in a catch block. The text of an exception is passed on only for constraints, where it
// names tables and columns.
Error Connection::error_of_current_exception() {
  try {
    throw;
  } catch (const SQLite::Exception& exception) {
    const int extended = exception.getExtendedErrorCode();
    const int code = extended > 0 ? extended : exception.getErrorCode();
    const bool constraint = (code & 0xff) == SQLITE_CONSTRAINT;
    return error_of(code, constraint ? exception.what() : sqlite3_errstr(code));
  } catch (...) {  // out of memory, or thrown by what a caller handed in
    return internal_error("an exception during a transaction");
  }
}

Error Connection::error_of(int extended_code, std::string_view text) {
  std::string message = std::string(text) + " (SQLite " + std::to_string(extended_code) + ")";
  const bool reader = role_ == ConnectionRole::kReader;
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
      return is_broken_rule_of_ours(extended_code) ? internal_error(std::move(message))
                                                   : refused(std::move(message));
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
      return internal_error(std::move(message));
    case SQLITE_TOOBIG:
      return invalid(std::move(message));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return unavailable(std::move(message));
    case SQLITE_READONLY:
      if (reader) return refused(std::move(message));
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
      if (reader) return unavailable(std::move(message));
      break;
    default:  // the vendor's codes, an open set: what is not known is a storage error
      break;
  }
  if (failure_.empty()) failure_ = message;
  return storage_error(std::move(message));
}

SQLite::Statement& Connection::statement(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    std::string text(sql);
    auto prepared = std::make_unique<SQLite::Statement>(*database_, text);
    found = statements_.emplace(std::move(text), std::move(prepared)).first;
  }
  return *found->second;
}

Query::Query(Connection& connection, std::string_view sql)
    : statement_(connection.statement(sql)) {}

Query::~Query() {
  statement_.tryReset();  // reset() would throw the error of the last step again
  try {
    statement_.clearBindings();         // values do not stay in memory longer than needed
  } catch (const SQLite::Exception&) {  // cannot fail on a statement that was prepared
  }
}

bool Query::step() {
  column_ = 0;
  return statement_.executeStep();
}

std::int64_t Query::integer() { return statement_.getColumn(column_++).getInt64(); }

std::string Query::text() { return statement_.getColumn(column_++).getString(); }

Bytes Query::blob() {
  const SQLite::Column column = statement_.getColumn(column_++);
  const auto* bytes = static_cast<const std::uint8_t*>(column.getBlob());
  const auto size = static_cast<std::size_t>(column.getBytes());
  return size == 0 ? Bytes{} : Bytes(bytes, bytes + size);
}

Hash256 Query::hash() {
  const Bytes bytes = blob();
  Hash256 hash{};
  if (bytes.size() != hash.size()) damaged("a hash is damaged");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

void Query::damaged(const char* what) { throw SQLite::Exception(what, SQLITE_CORRUPT); }

std::optional<Instant> Query::optional_instant() {
  const auto millis = optional_integer();
  return millis ? std::optional(from_millis(*millis)) : std::nullopt;
}

std::optional<std::string> Query::optional_text() {
  if (statement_.getColumn(column_).isNull()) {
    ++column_;
    return std::nullopt;
  }
  return text();
}

std::optional<std::int64_t> Query::optional_integer() {
  if (statement_.getColumn(column_).isNull()) {
    ++column_;
    return std::nullopt;
  }
  return integer();
}

void Query::bind_one(std::int64_t value) { statement_.bind(++bound_, value); }

void Query::bind_one(const std::string& value) {
  values_stay_ ? statement_.bindNoCopy(++bound_, value) : statement_.bind(++bound_, value);
}

void Query::bind_one(std::string_view value) { statement_.bind(++bound_, std::string(value)); }

void Query::bind_one(ByteView value) {
  // A null pointer would bind NULL instead of an empty blob.
  const void* bytes = value.empty() ? static_cast<const void*>("") : value.data();
  const int size = static_cast<int>(value.size());
  values_stay_ ? statement_.bindNoCopy(++bound_, bytes, size)
               : statement_.bind(++bound_, bytes, size);
}

void Query::bind_one(const std::optional<std::int64_t>& value) {
  value ? bind_one(*value) : bind_null();
}

void Query::bind_one(const std::optional<std::string>& value) {
  value ? bind_one(*value) : bind_null();
}

void Query::bind_one(const std::optional<Instant>& value) {
  value ? bind_one(*value) : bind_null();
}

void Query::bind_one(const std::optional<Bytes>& value) { value ? bind_one(*value) : bind_null(); }

void Query::bind_null() { statement_.bind(++bound_); }

}  // namespace jawort
