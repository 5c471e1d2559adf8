#include "db/sqlite/sqlite_reader.h"

#include <filesystem>
#include <system_error>

#include "db/sqlite/health.h"
#include "db/sqlite/migrate.h"
#include "db/sqlite/reader_pool.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

class SqliteReader final : public StoreReader {
 public:
  SqliteReader(const std::string& path, Log& log) : health_(log), readers_(path, health_) {}
  Status read(const std::function<Status(const Tables&)>& work) const override {
    return readers_.read(work);
  }

 private:
  Health health_;
  mutable ReaderPool readers_;
};

Status check_schema(const std::string& path) {
  auto reader = Connection::open(path, ConnectionRole::kReader);
  if (!reader.ok()) return reader.error();
  const auto migrations = embedded_migrations();
  JAWORT_TRY(check_migrations(**reader, migrations));
  const auto version = schema_version_of(**reader);
  if (!version.ok()) return version.error();
  if (*version == static_cast<int>(migrations.size())) return {};
  return refused("has an older schema; run `jawort migrate`");
}

}  // namespace

Result<std::unique_ptr<StoreReader>> open_sqlite_reader(const std::string& path, Log& log) {
  const std::string file = fs::absolute(path).lexically_normal().string();
  if (std::error_code none; !fs::exists(file, none)) {
    return not_found("database " + file + " does not exist");
  }
  const Status current = check_schema(file);
  if (!current.ok()) {
    return Error{current.error().kind, "database " + file + " " + current.error().message};
  }
  return std::unique_ptr<StoreReader>(std::make_unique<SqliteReader>(file, log));
}

}  // namespace jawort
