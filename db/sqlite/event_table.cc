#include <algorithm>

#include "db/sqlite/id_list.h"
#include "db/sqlite/log_tree.h"
#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define EVENT_SELECT "SELECT sequence, at, type, leaf, contact_id, consents FROM event "

EventRow event_row(Query& query) {
  EventRow row;
  row.sequence = query.integer();
  row.at = query.instant();
  row.type = query.text();
  row.leaf = query.blob();
  row.contact = ContactId{query.optional_integer().value_or(0)};
  row.consents = unpack_ids<ConsentId>(query.blob());
  return row;
}

#define STORED_SELECT                                                                    \
  "SELECT e.sequence, e.at, e.type, e.leaf, e.contact_id, e.consents, e.nodes, v.packed" \
  " FROM event e LEFT JOIN event_values v ON v.sequence = e.sequence "
// Whoever reads the whole log reads most values a second time, contact by contact.
#define ONLY_OF_NOBODY "AND e.contact_id IS NULL "

std::vector<StoredEvent> stored_events(Query& query) {
  std::vector<StoredEvent> rows;
  while (query.step()) {
    StoredEvent& row = rows.emplace_back();
    row.sequence = query.integer();
    row.at = query.integer();
    row.type = query.text();
    row.leaf = query.blob();
    row.contact = query.optional_integer();
    row.consents = query.blob();
    row.nodes = query.blob();
    row.values = query.blob();
  }
  return rows;
}

bool is_about(const EventRow& row, ConsentId consent) {
  return std::ranges::find(row.consents, consent) != row.consents.end();
}

// Nothing where the event has no values left. REQUIRES: guarded()
Result<std::vector<EventValueRow>> read_values(Connection& connection, std::int64_t sequence) {
  Query query(connection, "SELECT packed FROM event_values WHERE sequence = ?");
  if (!query.bind(sequence).step()) return std::vector<EventValueRow>{};
  auto values = unpack_values(query.blob());
  if (!values.ok()) Query::damaged("the values of an event are damaged");
  return values;
}

}  // namespace

Result<std::int64_t> SqliteEventTable::last_sequence() const {
  return connection_.guarded([&]() -> Result<std::int64_t> {
    Query query(connection_, "SELECT coalesce(max(sequence), 0) FROM event");
    query.step();
    return query.integer();
  });
}

Result<std::optional<EventRow>> SqliteEventTable::find(std::int64_t sequence) const {
  return connection_.guarded([&]() -> Result<std::optional<EventRow>> {
    Query query(connection_, EVENT_SELECT "WHERE sequence = ?");
    return query.bind(sequence).step() ? std::optional(event_row(query)) : std::nullopt;
  });
}

Result<std::vector<EventRow>> SqliteEventTable::about(ContactId contact) const {
  return connection_.guarded([&]() -> Result<std::vector<EventRow>> {
    Query query(connection_, EVENT_SELECT "WHERE contact_id = ? ORDER BY sequence");
    query.bind(contact.value);
    std::vector<EventRow> rows;
    while (query.step()) rows.push_back(event_row(query));
    return rows;
  });
}

Result<std::vector<EventRow>> SqliteEventTable::about(ContactId contact, ConsentId consent) const {
  auto rows = about(contact);
  if (rows.ok()) std::erase_if(*rows, [&](const EventRow& row) { return !is_about(row, consent); });
  return rows;
}

Result<std::optional<EventRow>> SqliteEventTable::last_about(ContactId contact,
                                                             ConsentId consent) const {
  return connection_.guarded([&]() -> Result<std::optional<EventRow>> {
    Query query(connection_, EVENT_SELECT "WHERE contact_id = ? ORDER BY sequence DESC");
    query.bind(contact.value);
    while (query.step()) {
      EventRow row = event_row(query);
      if (is_about(row, consent)) return std::optional(std::move(row));
    }
    return std::optional<EventRow>{};
  });
}

Result<std::vector<EventValueRow>> SqliteEventTable::values(std::int64_t sequence) const {
  return connection_.guarded([&] { return read_values(connection_, sequence); });
}

Result<std::vector<StoredEvent>> SqliteEventTable::page(std::int64_t after, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<StoredEvent>> {
    Query query(connection_,
                STORED_SELECT ONLY_OF_NOBODY "WHERE e.sequence > ? ORDER BY e.sequence LIMIT ?");
    return stored_events(query.bind(after, limit));
  });
}

Result<std::vector<StoredEvent>> SqliteEventTable::of_contacts(ContactId after,
                                                               ContactId last) const {
  return connection_.guarded([&]() -> Result<std::vector<StoredEvent>> {
    Query query(connection_, STORED_SELECT
                "WHERE e.contact_id > ? AND e.contact_id <= ? ORDER BY e.contact_id, e.sequence");
    return stored_events(query.bind(after.value, last.value));
  });
}

Result<std::optional<ContactId>> SqliteEventTable::contact_after(ContactId after, int count) const {
  return connection_.guarded([&]() -> Result<std::optional<ContactId>> {
    Query query(connection_,
                "SELECT contact_id FROM event WHERE contact_id > ? ORDER BY contact_id"
                " LIMIT 1 OFFSET ?");
    if (!query.bind(after.value, count - 1).step()) return std::optional<ContactId>{};
    return std::optional(ContactId{query.integer()});
  });
}

Result<Hash256> SqliteEventTable::node(int level, std::uint64_t index) const {
  return connection_.guarded([&] { return kept_node(connection_, level, index); });
}

Status SqliteEventTable::append(const EventRow& event, const std::vector<EventValueRow>& values) {
  return connection_.guarded([&]() -> Status {
    // The trigger says the same; but nothing can be looked up before a row that is not there.
    const auto last = last_sequence();
    if (!last.ok()) return last.error();
    if (event.sequence != *last + 1) return refused("events follow one another without gaps");
    const auto contact = event.contact ? std::optional(event.contact.value) : std::nullopt;
    std::optional<Bytes> nodes =
        completed_nodes(connection_, event.sequence, leaf_hash(event.leaf));
    if (nodes->empty()) nodes.reset();
    Query(connection_,
          "INSERT INTO event (sequence, at, type, leaf, contact_id, consents, nodes)"
          " VALUES (?, ?, ?, ?, ?, ?, ?)")
        .run(event.sequence, event.at, event.type, event.leaf, contact, pack_ids(event.consents),
             nodes);
    if (values.empty()) return {};
    Query(connection_, "INSERT INTO event_values (sequence, packed) VALUES (?, ?)")
        .run(event.sequence, pack_values(values));
    return {};
  });
}

Status SqliteEventTable::remove_values(std::int64_t sequence) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM event_values WHERE sequence = ?").run(sequence);
    return {};
  });
}

Status SqliteEventTable::remove_value(std::int64_t sequence, std::string_view name) {
  return connection_.guarded([&]() -> Status {
    auto values = read_values(connection_, sequence);
    if (!values.ok()) return values.error();
    const auto removed =
        std::erase_if(*values, [&](const EventValueRow& value) { return value.name == name; });
    if (removed == 0) return {};
    if (values->empty()) return remove_values(sequence);
    Query(connection_, "UPDATE event_values SET packed = ? WHERE sequence = ?")
        .run(pack_values(*values), sequence);
    return {};
  });
}

Status SqliteEventTable::untie(std::int64_t sequence) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "UPDATE event SET contact_id = NULL, consents = NULL WHERE sequence = ?")
        .run(sequence);
    return {};
  });
}

}  // namespace jawort
