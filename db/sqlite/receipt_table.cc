#include "db/sqlite/tables.h"

namespace jawort {

Status SqliteReceiptTable::add(std::int64_t confirmation) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO receipt_due (confirmation) VALUES (?)").run(confirmation);
    return {};
  });
}

Result<std::vector<std::int64_t>> SqliteReceiptTable::due(std::int64_t covered, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<std::int64_t>> {
    Query query(connection_,
                "SELECT confirmation FROM receipt_due WHERE confirmation <= ?"
                " ORDER BY confirmation LIMIT ?");
    query.bind(covered, std::int64_t{limit});
    std::vector<std::int64_t> rows;
    while (query.step()) rows.push_back(query.integer());
    return rows;
  });
}

Result<bool> SqliteReceiptTable::take(std::int64_t confirmation) {
  return connection_.guarded([&]() -> Result<bool> {
    Query query(connection_,
                "DELETE FROM receipt_due WHERE confirmation = ? RETURNING confirmation");
    return query.bind(confirmation).step();
  });
}

}  // namespace jawort
