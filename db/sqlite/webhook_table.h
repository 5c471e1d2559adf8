// WebhookTable on one connection; see tables.h.
#pragma once

#include "db/sqlite/connection.h"
#include "db/webhook_table.h"

namespace jawort {

class SqliteWebhookTable final : public WebhookTable {
 public:
  explicit SqliteWebhookTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<WebhookEndpointRow>> endpoints() const override;
  Status put_endpoint(const WebhookEndpointRow& row) override;
  Status queue(const WebhookDeliveryRow& row) override;
  Result<std::optional<WebhookDeliveryRow>> find(std::string_view endpoint, std::int64_t sequence,
                                                 int part) const override;
  Result<std::vector<WebhookDeliveryRow>> due(std::string_view endpoint, Instant now,
                                              int limit) const override;
  Result<std::vector<WebhookDeliveryRow>> page(std::string_view endpoint,
                                               std::optional<WebhookState> state,
                                               std::int64_t sequence, int part,
                                               int limit) const override;
  Status update(const WebhookDeliveryRow& row) override;
  Status let_next_go(std::string_view endpoint, ContactId contact, Instant at) override;
  Status skip_waiting(std::string_view endpoint, Instant now) override;
  Result<std::optional<std::int64_t>> oldest_waiting(std::string_view endpoint) const override;
  Result<std::int64_t> count_waiting(std::string_view endpoint) const override;
  Result<int> prune(Instant before, int limit) override;

 private:
  Connection& connection_;
};

}  // namespace jawort
