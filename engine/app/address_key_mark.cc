#include "engine/app/address_key_mark.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include "db/sqlite/connection.h"
#include "engine/evidence/token.h"
#include "engine/privacy/opt_out.h"

namespace jawort {
namespace {

// Nothing where the database is older than the mark, or cannot be read: then its opening says why.
std::optional<std::int64_t> mark_in(const std::string& database) {
  auto connection = Connection::open(database, ConnectionRole::kReader);
  if (!connection.ok()) return {};
  const auto mark = (*connection)->guarded([&]() -> Result<std::optional<std::int64_t>> {
    Query table(**connection, "SELECT 1 FROM sqlite_schema WHERE name = 'progress'");
    if (!table.step()) return std::optional<std::int64_t>{};
    Query query(**connection, "SELECT value FROM progress WHERE name = ?");
    return query.bind(kAddressKeyMark).step() ? std::optional(query.integer()) : std::nullopt;
  });
  return mark.ok() ? *mark : std::nullopt;
}

std::optional<std::int64_t> mark_of_journal(const std::string& database) {
  std::ifstream journal(database + ".opt-outs");
  std::string heading;
  return std::getline(journal, heading) ? parse_opt_out_heading(heading) : std::nullopt;
}

}  // namespace

Status check_address_key(const std::string& database, const Secret& address) {
  if (!std::filesystem::exists(database)) return {};
  const std::int64_t ours = address_key(address, kOptOutMark);
  auto mark = mark_in(database);
  if (!mark) mark = mark_of_journal(database);
  if (!mark || *mark == ours) return {};
  return Error{
      ErrorKind::kConfiguration,
      "address.key is not the one under which " + database +
          " was written: who left, was erased or may not be mailed would not be found; put "
          "the right one back from the copy of the key folder"};
}

}  // namespace jawort
