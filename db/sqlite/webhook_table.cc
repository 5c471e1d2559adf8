#include "db/sqlite/webhook_table.h"

namespace jawort {
namespace {

#define DELIVERY_SELECT                                                          \
  "SELECT endpoint, sequence, part, contact_id, type, purpose, state, attempts," \
  " next_at, last_at, last_status, last_problem FROM webhook_delivery "

WebhookDeliveryRow delivery_row(Query& query) {
  WebhookDeliveryRow row;
  row.endpoint = query.text();
  row.sequence = query.integer();
  row.part = static_cast<int>(query.integer());
  row.contact = ContactId{query.integer()};
  row.type = query.text();
  row.purpose = query.text();
  const auto state = parse_webhook_state(query.text());
  if (!state) Query::damaged("a webhook's delivery is in no known state");
  row.state = *state;
  row.attempts = static_cast<int>(query.integer());
  row.next_at = query.optional_instant();
  row.last_at = query.optional_instant();
  row.last_status = static_cast<int>(query.integer());
  row.last_problem = query.text();
  return row;
}

std::vector<WebhookDeliveryRow> delivery_rows(Query& query) {
  std::vector<WebhookDeliveryRow> rows;
  while (query.step()) rows.push_back(delivery_row(query));
  return rows;
}

}  // namespace

Result<std::vector<WebhookEndpointRow>> SqliteWebhookTable::endpoints() const {
  return connection_.guarded([&]() -> Result<std::vector<WebhookEndpointRow>> {
    Query query(connection_,
                "SELECT id, cursor, generation, rotated_at, disabled_at, disabled_because"
                " FROM webhook_endpoint WHERE id > '' ORDER BY id");
    std::vector<WebhookEndpointRow> rows;
    while (query.step()) {
      WebhookEndpointRow& row = rows.emplace_back();
      row.id = query.text();
      row.cursor = query.integer();
      row.generation = query.integer();
      row.rotated_at = query.optional_instant();
      row.disabled_at = query.optional_instant();
      row.disabled_because = query.text();
    }
    return rows;
  });
}

Status SqliteWebhookTable::put_endpoint(const WebhookEndpointRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO webhook_endpoint"
          " (id, cursor, generation, rotated_at, disabled_at, disabled_because)"
          " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET cursor = excluded.cursor,"
          " generation = excluded.generation, rotated_at = excluded.rotated_at,"
          " disabled_at = excluded.disabled_at, disabled_because = excluded.disabled_because")
        .run(row.id, row.cursor, row.generation, row.rotated_at, row.disabled_at,
             row.disabled_because);
    return {};
  });
}

Status SqliteWebhookTable::queue(const WebhookDeliveryRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO webhook_delivery (endpoint, sequence, part, contact_id, type, purpose,"
          " state, attempts, next_at, last_status, last_problem)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', 0,"
          " CASE WHEN EXISTS (SELECT 1 FROM webhook_delivery WHERE endpoint = ?1"
          "   AND contact_id = ?4 AND state = 'waiting') THEN NULL ELSE ?7 END, 0, '')"
          " ON CONFLICT (endpoint, sequence, part) DO NOTHING")
        .run(row.endpoint, row.sequence, row.part, row.contact.value, row.type, row.purpose,
             row.next_at);
    return {};
  });
}

Result<std::optional<WebhookDeliveryRow>> SqliteWebhookTable::find(std::string_view endpoint,
                                                                   std::int64_t sequence,
                                                                   int part) const {
  return connection_.guarded([&]() -> Result<std::optional<WebhookDeliveryRow>> {
    Query query(connection_, DELIVERY_SELECT "WHERE endpoint = ? AND sequence = ? AND part = ?");
    query.bind(endpoint, sequence, part);
    return query.step() ? std::optional(delivery_row(query)) : std::nullopt;
  });
}

Result<std::vector<WebhookDeliveryRow>> SqliteWebhookTable::due(std::string_view endpoint,
                                                                Instant now, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<WebhookDeliveryRow>> {
    Query query(connection_, DELIVERY_SELECT
                "WHERE endpoint = ? AND next_at <= ? AND next_at IS NOT NULL"
                " ORDER BY next_at, sequence, part LIMIT ?");
    return delivery_rows(query.bind(endpoint, now, limit));
  });
}

Result<std::vector<WebhookDeliveryRow>> SqliteWebhookTable::page(std::string_view endpoint,
                                                                 std::optional<WebhookState> state,
                                                                 std::int64_t sequence, int part,
                                                                 int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<WebhookDeliveryRow>> {
    Query query(connection_, DELIVERY_SELECT
                "WHERE endpoint = ? AND (sequence, part) < (?, ?) AND (? = '' OR state = ?)"
                " ORDER BY sequence DESC, part DESC LIMIT ?");
    const std::string_view name = state ? name_of(*state) : std::string_view{};
    return delivery_rows(query.bind(endpoint, sequence, part, name, name, limit));
  });
}

Status SqliteWebhookTable::update(const WebhookDeliveryRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "UPDATE webhook_delivery SET state = ?, attempts = ?, next_at = ?, last_at = ?,"
          " last_status = ?, last_problem = ?"
          " WHERE endpoint = ? AND sequence = ? AND part = ?")
        .run(name_of(row.state), row.attempts, row.next_at, row.last_at, row.last_status,
             row.last_problem, row.endpoint, row.sequence, row.part);
    return {};
  });
}

Status SqliteWebhookTable::let_next_go(std::string_view endpoint, ContactId contact, Instant at) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "UPDATE webhook_delivery SET next_at = ?1 WHERE next_at IS NULL"
          " AND (endpoint, sequence, part) = (SELECT endpoint, sequence, part"
          "   FROM webhook_delivery WHERE endpoint = ?2 AND contact_id = ?3"
          "   AND state = 'waiting' ORDER BY sequence, part LIMIT 1)")
        .run(at, endpoint, contact.value);
    return {};
  });
}

Status SqliteWebhookTable::skip_waiting(std::string_view endpoint, Instant now) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "UPDATE webhook_delivery SET state = 'skipped', next_at = NULL,"
          " last_at = coalesce(last_at, ?) WHERE endpoint = ? AND state = 'waiting'")
        .run(now, endpoint);
    return {};
  });
}

Result<std::optional<std::int64_t>> SqliteWebhookTable::oldest_waiting(
    std::string_view endpoint) const {
  return connection_.guarded([&]() -> Result<std::optional<std::int64_t>> {
    Query query(connection_,
                "SELECT min(sequence) FROM webhook_delivery"
                " WHERE endpoint = ? AND state = 'waiting'");
    query.bind(endpoint).step();
    return query.optional_integer();
  });
}

Result<std::int64_t> SqliteWebhookTable::count_waiting(std::string_view endpoint) const {
  return connection_.guarded([&]() -> Result<std::int64_t> {
    Query query(connection_,
                "SELECT count(*) FROM webhook_delivery WHERE endpoint = ? AND state = 'waiting'");
    query.bind(endpoint).step();
    return query.integer();
  });
}

Result<int> SqliteWebhookTable::prune(Instant before, int limit) {
  return connection_.guarded([&]() -> Result<int> {
    Query query(connection_,
                "DELETE FROM webhook_delivery WHERE (endpoint, sequence, part) IN"
                " (SELECT endpoint, sequence, part FROM webhook_delivery"
                "  WHERE state <> 'waiting' AND last_at < ? ORDER BY last_at LIMIT ?)"
                " RETURNING part");
    query.bind(before, limit);
    int gone = 0;
    while (query.step()) ++gone;
    return gone;
  });
}

}  // namespace jawort
