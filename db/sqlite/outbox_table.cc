#include "db/sqlite/id_list.h"
#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define OUTBOX_SELECT                                                                       \
  "SELECT o.mail_id, m.kind, o.state, o.priority, o.attempts, o.excused, o.uncertain,"      \
  " o.next_at, o.last_attempt_at, o.handed_over_at, o.last_code, o.last_reply, m.recipient" \
  " FROM outbox o JOIN mail m ON m.id = o.mail_id "

std::int64_t number_of(MailPriority priority) { return static_cast<std::int64_t>(priority); }

Error unreadable(MailId id, std::string_view column) {
  return internal_error("mail " + id_text(id.value) + " has an unreadable " + std::string(column));
}

Result<OutboxRow> outbox_row(Query& query) {
  OutboxRow row;
  row.mail = MailId{query.integer()};
  const auto kind = parse_mail_kind(query.text());
  if (!kind) return unreadable(row.mail, "kind");
  const auto state = parse_outbox_state(query.text());
  if (!state) return unreadable(row.mail, "state");
  row.kind = *kind;
  row.state = *state;
  row.priority = static_cast<MailPriority>(query.integer());
  row.attempts = static_cast<int>(query.integer());
  row.excused = static_cast<int>(query.integer());
  row.uncertain = static_cast<int>(query.integer());
  row.next_at = query.instant();
  row.last_attempt_at = query.optional_instant();
  row.handed_over_at = query.optional_instant();
  row.last_code = static_cast<int>(query.integer());
  row.last_reply = query.text();
  row.recipient = query.text();
  return row;
}

Result<std::vector<OutboxRow>> all_rows(Query& query) {
  std::vector<OutboxRow> rows;
  while (query.step()) {
    auto row = outbox_row(query);
    if (!row.ok()) return row.error();
    rows.push_back(std::move(*row));
  }
  return rows;
}

Result<MailRow> mail_row(Query& query) {
  MailRow row;
  row.id = MailId{query.integer()};
  const auto kind = parse_mail_kind(query.text());
  if (!kind) return unreadable(row.id, "kind");
  row.kind = *kind;
  row.contact = ContactId{query.integer()};
  row.submission = query.integer();
  row.sender = query.text();
  row.recipient = query.text();
  row.language = query.text();
  row.template_version = query.hash();
  row.message_hash = query.hash();
  const std::int64_t token_key = query.integer();
  row.token_key = static_cast<std::uint8_t>(token_key);
  if (row.token_key != token_key) return unreadable(row.id, "token_key");
  row.queued_at = query.instant();
  row.expires_at = query.instant();
  row.slots = query.text();
  row.message = query.text();
  row.consents = unpack_ids<ConsentId>(query.blob());
  return row;
}

// The states stand in the text, so that the planner sees that the partial index holds them all.
// There are few such texts: callers ask for a handful of sets.
std::string page_query(const std::vector<OutboxState>& states) {
  std::string sql = OUTBOX_SELECT "WHERE o.mail_id > ?";
  if (!states.empty()) {
    std::string names;
    for (const OutboxState state : states) {
      names += (names.empty() ? "'" : ", '") + std::string(name_of(state)) + "'";
    }
    sql += " AND o.state IN (" + names + ")";
    const bool sent = std::find(states.begin(), states.end(), OutboxState::kSent) != states.end();
    if (!sent) sql += " AND o.state <> 'sent'";
  }
  return sql + " ORDER BY o.mail_id LIMIT ?";
}

void insert_mail(Connection& connection, const MailRow& mail) {
  Query(connection,
        "INSERT INTO mail (id, kind, contact_id, submission, sender, recipient, language,"
        " template_version, message_hash, token_key, queued_at, expires_at, slots, message,"
        " consents) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(mail.id.value, name_of(mail.kind), mail.contact.value, mail.submission, mail.sender,
           mail.recipient, mail.language, mail.template_version, mail.message_hash,
           int{mail.token_key}, mail.queued_at, mail.expires_at, mail.slots, mail.message,
           pack_ids(mail.consents));
}

std::optional<std::string> state_of(Connection& connection, MailId id) {
  Query query(connection, "SELECT state FROM outbox WHERE mail_id = ?");
  return query.bind(id.value).step() ? std::optional(query.text()) : std::nullopt;
}

}  // namespace

Status SqliteOutboxTable::queue(const MailRow& mail, Instant send_at) {
  return connection_.guarded([&]() -> Status {
    insert_mail(connection_, mail);
    Query(connection_,
          "INSERT INTO outbox (mail_id, state, priority, attempts, next_at, last_attempt_at,"
          " last_code, last_reply) VALUES (?, ?, ?, 0, ?, NULL, 0, '')")
        .run(mail.id.value, name_of(OutboxState::kQueued), number_of(priority_of(mail.kind)),
             send_at);
    return {};
  });
}

Result<std::optional<MailRow>> SqliteOutboxTable::mail(MailId id) const {
  return connection_.guarded([&]() -> Result<std::optional<MailRow>> {
    Query query(connection_,
                "SELECT id, kind, contact_id, submission, sender, recipient, language,"
                " template_version, message_hash, token_key, queued_at, expires_at, slots, message,"
                " consents FROM mail WHERE id = ?");
    if (!query.bind(id.value).step()) return std::optional<MailRow>{};
    auto row = mail_row(query);
    if (!row.ok()) return row.error();
    return std::optional(std::move(*row));
  });
}

Result<std::optional<OutboxRow>> SqliteOutboxTable::find(MailId id) const {
  return connection_.guarded([&]() -> Result<std::optional<OutboxRow>> {
    Query query(connection_, OUTBOX_SELECT "WHERE o.mail_id = ?");
    if (!query.bind(id.value).step()) return std::optional<OutboxRow>{};
    auto row = outbox_row(query);
    if (!row.ok()) return row.error();
    return std::optional(std::move(*row));
  });
}

Result<std::vector<OutboxRow>> SqliteOutboxTable::due(MailPriority priority, Instant now,
                                                      int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<OutboxRow>> {
    Query query(connection_, OUTBOX_SELECT
                "WHERE o.state = 'queued' AND o.priority = ? AND o.next_at <= ?"
                " ORDER BY o.next_at, o.mail_id LIMIT ?");
    return all_rows(query.bind(number_of(priority), now, limit));
  });
}

Result<std::optional<Instant>> SqliteOutboxTable::next_due(MailPriority priority,
                                                           Instant now) const {
  return connection_.guarded([&]() -> Result<std::optional<Instant>> {
    Query query(connection_,
                "SELECT min(next_at) FROM outbox"
                " WHERE state = 'queued' AND priority = ? AND next_at > ?");
    query.bind(number_of(priority), now).step();
    return query.optional_instant();
  });
}

Result<std::vector<OutboxRow>> SqliteOutboxTable::page(const std::vector<OutboxState>& states,
                                                       MailId after, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<OutboxRow>> {
    Query query(connection_, page_query(states));
    return all_rows(query.bind(after.value, limit));
  });
}

Result<std::vector<OutboxRow>> SqliteOutboxTable::uncertain(MailId after, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<OutboxRow>> {
    Query query(connection_,
                OUTBOX_SELECT "WHERE o.uncertain > 0 AND o.mail_id > ? ORDER BY o.mail_id LIMIT ?");
    return all_rows(query.bind(after.value, limit));
  });
}

Status SqliteOutboxTable::update(const OutboxRow& row) {
  return connection_.guarded([&]() -> Status {
    const auto name = state_of(connection_, row.mail);
    if (!name) return not_found("no mail " + id_text(row.mail.value));
    const auto before = parse_outbox_state(*name);
    if (!before) return unreadable(row.mail, "state");
    if (*before != row.state && !may_follow(*before, row.state)) {
      return internal_error("mail " + id_text(row.mail.value) + ": " + *name + " cannot become " +
                            std::string(name_of(row.state)));
    }
    Query(connection_,
          "UPDATE outbox SET state = ?, priority = ?, attempts = ?, excused = ?, uncertain = ?,"
          " next_at = ?, last_attempt_at = ?, handed_over_at = ?, last_code = ?, last_reply = ?"
          " WHERE mail_id = ?")
        .run(name_of(row.state), number_of(row.priority), row.attempts, row.excused, row.uncertain,
             row.next_at, row.last_attempt_at, row.handed_over_at, row.last_code, row.last_reply,
             row.mail.value);
    return {};
  });
}

Status SqliteOutboxTable::blank(MailId id) {
  return connection_.guarded([&]() -> Status {
    if (!state_of(connection_, id)) return not_found("no mail " + id_text(id.value));
    Query(connection_, "UPDATE mail SET recipient = '', message = '', slots = '' WHERE id = ?")
        .run(id.value);
    Query(connection_, "UPDATE outbox SET last_reply = '' WHERE mail_id = ?").run(id.value);
    return {};
  });
}

Status SqliteOutboxTable::untie(MailId id) {
  JAWORT_TRY(blank(id));
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "UPDATE mail SET recipient = '', message = '', slots = '', contact_id = 0,"
          " consents = NULL WHERE id = ?")
        .run(id.value);
    return {};
  });
}

Result<std::optional<OutboxPause>> SqliteOutboxTable::pause() const {
  return connection_.guarded([&]() -> Result<std::optional<OutboxPause>> {
    Query query(connection_, "SELECT since, reason FROM outbox_pause WHERE id = 1");
    if (!query.step()) return std::optional<OutboxPause>{};
    const Instant since = query.instant();
    return std::optional(OutboxPause{since, query.text()});
  });
}

Status SqliteOutboxTable::set_pause(const std::optional<OutboxPause>& pause) {
  return connection_.guarded([&]() -> Status {
    if (!pause) return connection_.run("DELETE FROM outbox_pause WHERE id = 1");
    Query(connection_,
          "INSERT INTO outbox_pause (id, since, reason) VALUES (1, ?, ?) ON CONFLICT DO NOTHING")
        .run(pause->since, pause->reason);
    return {};
  });
}

}  // namespace jawort
