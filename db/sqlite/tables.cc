#include "db/sqlite/tables.h"

namespace jawort {

Result<std::int64_t> SqliteTables::highest_id() const {
  return connection_.guarded([&]() -> Result<std::int64_t> {
    Query query(connection_,
                "SELECT max(coalesce((SELECT max(id) FROM contact), 0),"
                " coalesce((SELECT max(id) FROM consent), 0),"
                " coalesce((SELECT max(id) FROM mail), 0),"
                " coalesce((SELECT max(subject_id) FROM event_subject), 0))");
    query.step();
    return query.integer();
  });
}

}  // namespace jawort
