#include "db/sqlite/tables.h"

#include <algorithm>

#include "db/sqlite/id_list.h"

namespace jawort {

namespace {

// Consents get their ids where their first event is written, in the order of the log, so the newest
// events hold the newest of them.
constexpr int kNewestEvents = 1000;

}  // namespace

Result<std::int64_t> SqliteTables::highest_id() const {
  return connection_.guarded([&]() -> Result<std::int64_t> {
    Query query(connection_,
                "SELECT max(coalesce((SELECT max(id) FROM contact), 0),"
                " coalesce((SELECT max(id) FROM consent), 0),"
                " coalesce((SELECT max(id) FROM mail), 0),"
                " coalesce((SELECT max(id) FROM inbox), 0),"
                " coalesce((SELECT value FROM progress WHERE name = 'erased_id'), 0),"
                " coalesce((SELECT max(contact_id) FROM event"
                "   WHERE contact_id IS NOT NULL), 0))");
    query.step();
    std::int64_t highest = query.integer();
    Query newest(connection_,
                 "SELECT consents FROM event"
                 " WHERE sequence > (SELECT max(sequence) FROM event) - ?");
    newest.bind(kNewestEvents);
    while (newest.step()) {
      for (const auto consent : unpack_ids<ConsentId>(newest.blob())) {
        highest = std::max(highest, consent.value);
      }
    }
    return highest;
  });
}

}  // namespace jawort
