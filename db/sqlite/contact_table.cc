#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define CONTACT_COLUMNS "id, email, email_normalised, language, source, created_at"

ContactRow contact_row(Query& query) {
  ContactRow row;
  row.id = ContactId{query.integer()};
  row.email = query.text();
  row.email_normalised = query.text();
  row.language = query.text();
  row.source = query.text();
  row.created_at = query.instant();
  return row;
}

std::optional<ContactRow> one_contact(Query& query) {
  return query.step() ? std::optional(contact_row(query)) : std::nullopt;
}

}  // namespace

Result<std::optional<ContactRow>> SqliteContactTable::find(ContactId id) const {
  return connection_.guarded([&]() -> Result<std::optional<ContactRow>> {
    Query query(connection_, "SELECT " CONTACT_COLUMNS " FROM contact WHERE id = ?");
    return one_contact(query.bind(id.value));
  });
}

Result<std::optional<ContactRow>> SqliteContactTable::find_by_address(
    std::string_view normalised) const {
  return connection_.guarded([&]() -> Result<std::optional<ContactRow>> {
    Query query(connection_, "SELECT " CONTACT_COLUMNS " FROM contact WHERE email_normalised = ?");
    return one_contact(query.bind(normalised));
  });
}

Result<std::vector<ContactRow>> SqliteContactTable::page(ContactId after, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<ContactRow>> {
    Query query(connection_,
                "SELECT " CONTACT_COLUMNS " FROM contact WHERE id > ? ORDER BY id LIMIT ?");
    query.bind(after.value, limit);
    std::vector<ContactRow> rows;
    while (query.step()) rows.push_back(contact_row(query));
    return rows;
  });
}

Result<std::vector<FieldValueRow>> SqliteContactTable::fields(ContactId id) const {
  return connection_.guarded([&]() -> Result<std::vector<FieldValueRow>> {
    Query query(connection_,
                "SELECT name, value, source, set_at FROM contact_field WHERE contact_id = ?"
                " ORDER BY name");
    query.bind(id.value);
    std::vector<FieldValueRow> rows;
    while (query.step()) {
      FieldValueRow row;
      row.name = query.text();
      row.value = query.text();
      row.source = query.text();
      row.set_at = query.instant();
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

Status SqliteContactTable::insert(const ContactRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO contact (" CONTACT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)")
        .run(row.id.value, row.email, row.email_normalised, row.language, row.source,
             row.created_at);
    return {};
  });
}

Status SqliteContactTable::set_field(ContactId id, const FieldValueRow& field) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO contact_field (contact_id, name, value, source, set_at)"
          " VALUES (?, ?, ?, ?, ?) ON CONFLICT (contact_id, name)"
          " DO UPDATE SET value = excluded.value, source = excluded.source,"
          " set_at = excluded.set_at")
        .run(id.value, field.name, field.value, field.source, field.set_at);
    return {};
  });
}

Status SqliteContactTable::remove(ContactId id) {
  return connection_.guarded([&]() -> Status {  // its fields go by the foreign key
    Query(connection_, "DELETE FROM contact WHERE id = ?").run(id.value);
    return {};
  });
}

}  // namespace jawort
