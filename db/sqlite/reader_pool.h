// Connections that only read, one per read in progress; kept for the next one.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/sqlite/connection.h"
#include "db/sqlite/health.h"
#include "db/sqlite/tables.h"

namespace jawort {

class ReaderPool {
 public:
  // `health` fails when a read shows that the file is damaged or unreadable.
  ReaderPool(std::string path, Health& health) : path_(std::move(path)), health_(health) {}

  // As Store::read. Thread-safe.
  Status read(const std::function<Status(const SqliteTables&)>& work);

 private:
  struct Reader {
    explicit Reader(std::unique_ptr<Connection> of)
        : connection(std::move(of)), tables(*connection) {}
    std::unique_ptr<Connection> connection;
    SqliteTables tables;
  };

  Result<std::unique_ptr<Reader>> take();
  void give_back(std::unique_ptr<Reader> reader);

  const std::string path_;
  Health& health_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace jawort
