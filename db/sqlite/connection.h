// One SQLite connection with its prepared statements, and the place where the vendor's exceptions
// end. Used by one thread at a time. The vendor's headers stay in the .cc files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace jawort {

// kWriter: the one connection that writes and checkpoints. kReader: query_only, never checkpoints.
enum class ConnectionRole : std::uint8_t { kWriter, kReader };

class Connection {
 public:
  // The file must exist. kStorage: it cannot be opened or is no database; kUnavailable (kReader
  // only): not now, e.g. out of file descriptors.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, ConnectionRole role);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs `work`, turning what SQLite throws into an error: kRefused for a rule of the schema
  // (UNIQUE, foreign key, trigger), kInternal for a broken CHECK or wrong SQL, kUnavailable when
  // another process holds the file, kStorage for the rest, after which failed() holds. Messages
  // name tables and columns, never values.
  template <typename Work>
  auto guarded(Work&& work) -> decltype(work()) {
    try {
      return std::forward<Work>(work)();
    } catch (...) {
      return error_of_current_exception();
    }
  }

  // Several statements without parameters.
  Status run_script(const std::string& sql);
  // One statement without parameters or rows, kept prepared.
  Status run(std::string_view sql);

  bool in_transaction() const;
  // Rows changed since the connection was opened, also those of transactions undone since.
  std::int64_t changes() const;
  // True after an error that leaves it open what is on disk; failure() says which one it was.
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }

  // Moves what the write-ahead log holds into the database file. REQUIRES: kWriter, outside a
  // transaction. kKeep leaves the log's file for the next pages and waits for no reader; kTruncate
  // also empties it, so that nothing erased stays in it, unless a reader is in the way. Answers
  // whether all of it was moved.
  enum class Checkpoint : std::uint8_t { kKeep, kTruncate };
  Result<bool> checkpoint(Checkpoint mode);
  // Pages in the write-ahead log after the last commit or checkpoint.
  int log_pages() const { return log_pages_; }

  // Copies all pages, as they are in the transaction that is open, into the file `target`, which
  // nobody else uses; nothing is flushed. `progress` as BackupRequest. REQUIRES: a transaction in
  // which something was read. (copy_pages.cc)
  Status copy_to(const std::string& target, const std::function<void(int per_cent)>& progress);

  // Calls `see` with the text of each statement prepared so far.
  void each_statement(const std::function<void(const std::string&)>& see) const;

 private:
  friend class Query;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  explicit Connection(ConnectionRole role);
  Status configure();  // throws
  Error error_of_current_exception();
  Error error_of(int extended_code, std::string_view text);
  SQLite::Statement& statement(std::string_view sql);  // throws

  const ConnectionRole role_;
  std::unique_ptr<SQLite::Database> database_;
  std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>, TextHash, std::equal_to<>>
      statements_;
  int log_pages_ = 0;
  std::string failure_;  // of the first storage error
};

// One use of a kept statement: bind in the order of the question marks, step, read the columns from
// left to right. Lives inside guarded(): every member may throw. The destructor makes the statement
// free again, so the same SQL must not be in use twice at a time.
class Query {
 public:
  Query(Connection& connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <typename... Values>
  Query& bind(const Values&... values) {
    (bind_one(values), ...);
    return *this;
  }
  bool step();  // true: there is a row; reading starts at its first column

  // Binds and steps once. Values are not copied: they live as long as the call.
  template <typename... Values>
  void run(const Values&... values) {
    values_stay_ = true;
    bind(values...);
    (void)step();
  }

  std::int64_t integer();
  std::string text();
  Bytes blob();
  Hash256 hash();  // damaged when it is not 32 bytes long
  // For what cannot have been written by us: throws, which is a storage error.
  [[noreturn]] static void damaged(const char* what);
  Instant instant() { return from_millis(integer()); }
  std::optional<Instant> optional_instant();
  std::optional<std::string> optional_text();
  std::optional<std::int64_t> optional_integer();

 private:
  void bind_one(std::int64_t value);
  void bind_one(int value) { bind_one(std::int64_t{value}); }
  void bind_one(const std::string& value);
  void bind_one(std::string_view value);  // always copied
  void bind_one(ByteView value);
  void bind_one(const Bytes& value) { bind_one(ByteView(value)); }
  void bind_one(const Hash256& value) { bind_one(ByteView(value)); }
  void bind_one(Instant value) { bind_one(to_millis(value)); }
  void bind_one(const std::optional<std::int64_t>& value);  // nothing: NULL
  void bind_one(const std::optional<std::string>& value);
  void bind_one(const std::optional<Instant>& value);
  void bind_one(const std::optional<Bytes>& value);
  void bind_null();

  SQLite::Statement& statement_;
  int bound_ = 0;             // parameters bound so far
  int column_ = 0;            // next column to read
  bool values_stay_ = false;  // SQLite may read strings and blobs where they are
};

}  // namespace jawort
