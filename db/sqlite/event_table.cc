#include "db/sqlite/tables.h"

namespace jawort {
namespace {

EventRow event_row(Query& query) {
  EventRow row;
  row.sequence = query.integer();
  row.at = query.instant();
  row.type = query.text();
  row.leaf = query.blob();
  return row;
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
    Query query(connection_, "SELECT sequence, at, type, leaf FROM event WHERE sequence = ?");
    return query.bind(sequence).step() ? std::optional(event_row(query)) : std::nullopt;
  });
}

Result<std::vector<EventRow>> SqliteEventTable::about(std::int64_t subject) const {
  return connection_.guarded([&]() -> Result<std::vector<EventRow>> {
    Query query(connection_,
                "SELECT e.sequence, e.at, e.type, e.leaf FROM event_subject s"
                " JOIN event e ON e.sequence = s.sequence"
                " WHERE s.subject_id = ? ORDER BY s.sequence");
    query.bind(subject);
    std::vector<EventRow> rows;
    while (query.step()) rows.push_back(event_row(query));
    return rows;
  });
}

Result<std::int64_t> SqliteEventTable::last_about(std::int64_t subject) const {
  return connection_.guarded([&]() -> Result<std::int64_t> {
    Query query(connection_,
                "SELECT coalesce(max(sequence), 0) FROM event_subject WHERE subject_id = ?");
    query.bind(subject).step();
    return query.integer();
  });
}

Result<std::vector<EventValueRow>> SqliteEventTable::values(std::int64_t sequence) const {
  return connection_.guarded([&]() -> Result<std::vector<EventValueRow>> {
    Query query(connection_,
                "SELECT name, salt, value FROM event_value WHERE sequence = ? ORDER BY name");
    query.bind(sequence);
    std::vector<EventValueRow> rows;
    while (query.step()) {
      EventValueRow row;
      row.name = query.text();
      row.salt = query.hash();
      row.value = as_text(query.blob());
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

Status SqliteEventTable::append(const EventRow& event, const std::vector<std::int64_t>& subjects,
                                const std::vector<EventValueRow>& values) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO event (sequence, at, type, leaf) VALUES (?, ?, ?, ?)")
        .run(event.sequence, event.at, event.type, event.leaf);
    for (const std::int64_t subject : subjects) {
      if (subject == 0) continue;
      Query(connection_,
            "INSERT INTO event_subject (subject_id, sequence) VALUES (?, ?) ON CONFLICT DO NOTHING")
          .run(subject, event.sequence);
    }
    for (const EventValueRow& value : values) {
      Query(connection_,
            "INSERT INTO event_value (sequence, name, salt, value) VALUES (?, ?, ?, ?)")
          .run(event.sequence, value.name, value.salt, as_bytes(value.value));
    }
    return {};
  });
}

Result<std::vector<std::int64_t>> SqliteEventTable::subjects(std::int64_t sequence) const {
  return connection_.guarded([&]() -> Result<std::vector<std::int64_t>> {
    Query query(connection_,
                "SELECT subject_id FROM event_subject WHERE sequence = ? ORDER BY subject_id");
    query.bind(sequence);
    std::vector<std::int64_t> subjects;
    while (query.step()) subjects.push_back(query.integer());
    return subjects;
  });
}

Status SqliteEventTable::remove_values(std::int64_t sequence) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM event_value WHERE sequence = ?").run(sequence);
    return {};
  });
}

}  // namespace jawort
