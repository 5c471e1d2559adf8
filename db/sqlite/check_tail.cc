#include "db/sqlite/check_tail.h"

#include <algorithm>

#include "db/sqlite/log_tree.h"
#include "db/sqlite/tables.h"

namespace jawort {
namespace {

constexpr std::int64_t kEvents = 1000;

Error damaged(std::int64_t sequence, std::string_view what) {
  return storage_error("is damaged: event " + std::to_string(sequence) + " " + std::string(what) +
                       "; restore a backup, or ask for help before anything is written");
}

// The subtrees that it completes, from those before it.
Status check_nodes(Connection& connection, const EventRow& row) {
  const auto kept = connection.guarded([&]() -> Result<Bytes> {
    Query query(connection, "SELECT nodes FROM event WHERE sequence = ?");
    query.bind(row.sequence).step();
    return query.blob();
  });
  if (!kept.ok()) return kept.error();
  const auto expected = connection.guarded([&]() -> Result<Bytes> {
    return completed_nodes(connection, row.sequence, leaf_hash(row.leaf));
  });
  const bool fits = expected.ok() && *expected == *kept;
  return fits ? Status{} : damaged(row.sequence, "does not fit into the tree of the log");
}

Status check_event(const EventRow& row, const std::vector<EventValueRow>& values) {
  const auto leaf = decode_leaf(row.leaf);
  if (!leaf.ok()) return damaged(row.sequence, "cannot be read");
  if (static_cast<std::int64_t>(leaf->sequence) != row.sequence || leaf->at != row.at ||
      leaf->type != row.type) {
    return damaged(row.sequence, "differs from its leaf");
  }
  for (const EventValueRow& value : values) {
    const Commitment expected{value.name, commit(value.salt, value.name, as_bytes(value.value))};
    if (std::ranges::find(leaf->commitments, expected) == leaf->commitments.end()) {
      return damaged(row.sequence, "has a value that it did not commit to");
    }
  }
  return {};
}

}  // namespace

Status check_tail(Connection& connection) {
  const SqliteEventTable events(connection);
  const auto last = events.last_sequence();
  if (!last.ok()) return last.error();
  for (std::int64_t at = std::max<std::int64_t>(1, *last - kEvents + 1); at <= *last; ++at) {
    const auto row = events.find(at);
    if (!row.ok()) return row.error();
    if (!*row) return damaged(at, "is missing");
    const auto values = events.values(at);
    if (!values.ok()) return values.error();
    JAWORT_TRY(check_event(**row, *values));
    JAWORT_TRY(check_nodes(connection, **row));
  }
  return {};
}

}  // namespace jawort
