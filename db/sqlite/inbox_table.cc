#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define INBOX_COLUMNS "id, at, contact_id, mail_id, by_token, sender, subject, text, message_hash"

InboxRow read_row(Query& query) {
  InboxRow row;
  row.id = InboxId{query.integer()};
  row.at = query.instant();
  row.contact = ContactId{query.integer()};
  row.mail = MailId{query.integer()};
  row.by_token = query.integer() != 0;
  row.sender = query.text();
  row.subject = query.text();
  row.text = query.text();
  row.message_hash = query.hash();
  return row;
}

}  // namespace

Status SqliteInboxTable::put(const InboxRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO inbox (" INBOX_COLUMNS
                       ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_hash) DO NOTHING")
        .run(row.id.value, row.at, row.contact.value, row.mail.value, row.by_token ? 1 : 0,
             row.sender, row.subject, row.text, row.message_hash);
    return {};
  });
}

Result<std::optional<InboxRow>> SqliteInboxTable::find(InboxId id) const {
  return connection_.guarded([&]() -> Result<std::optional<InboxRow>> {
    Query query(connection_, "SELECT " INBOX_COLUMNS " FROM inbox WHERE id = ? AND done = 0");
    if (!query.bind(id.value).step()) return std::optional<InboxRow>{};
    return std::optional(read_row(query));
  });
}

Result<std::vector<InboxRow>> SqliteInboxTable::page(InboxId after, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<InboxRow>> {
    Query query(connection_, "SELECT " INBOX_COLUMNS
                             " FROM inbox WHERE id > ? AND done = 0 ORDER BY id LIMIT ?");
    query.bind(after.value, limit);
    std::vector<InboxRow> rows;
    while (query.step()) rows.push_back(read_row(query));
    return rows;
  });
}

Status SqliteInboxTable::finish(InboxId id) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "UPDATE inbox SET done = 1, sender = '', subject = '', text = '' WHERE id = ?")
        .run(id.value);
    return {};
  });
}

Result<int> SqliteInboxTable::prune(Instant before, int limit) {
  return connection_.guarded([&]() -> Result<int> {
    Query query(connection_,
                "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE at < ? LIMIT ?)"
                " RETURNING id");
    query.bind(before, limit);
    int gone = 0;
    while (query.step()) ++gone;
    return gone;
  });
}

}  // namespace jawort
