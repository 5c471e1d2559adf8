// Campaigns, webhooks and incoming mail: tables of db/store.h on one connection (tables.h).
#pragma once

#include "db/sqlite/connection.h"
#include "db/store.h"

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

class SqliteInboxTable final : public InboxTable {
 public:
  explicit SqliteInboxTable(Connection& connection) : connection_(connection) {}
  Status put(const InboxRow& row) override;
  Result<std::optional<InboxRow>> find(InboxId id) const override;
  Result<std::vector<InboxRow>> page(InboxId after, int limit) const override;
  Status finish(InboxId id) override;
  Result<int> prune(Instant before, int limit) override;

 private:
  Connection& connection_;
};

class SqliteEnrolmentTable final : public EnrolmentTable {
 public:
  explicit SqliteEnrolmentTable(Connection& connection) : connection_(connection) {}
  Status add(const EnrolmentRow& row) override;
  Result<std::optional<EnrolmentRow>> find(const EnrolmentRow& key) const override;
  Result<std::vector<EnrolmentRow>> due(Instant now, int limit) const override;
  Result<std::optional<Instant>> next_due() const override;
  Status move(const EnrolmentRow& row) override;
  Status remove(const EnrolmentRow& key) override;
  Status remove_begun_by(std::int64_t sequence) override;
  Result<std::vector<EnrolmentCount>> counts(std::string_view campaign) const override;
  Result<std::vector<CampaignPause>> pauses() const override;
  Status set_pause(std::string_view campaign, std::optional<Instant> since) override;

 private:
  Connection& connection_;
};

class SqliteConsentUseTable final : public ConsentUseTable {
 public:
  explicit SqliteConsentUseTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<Instant>> of(ConsentId consent) const override;
  Status add(ConsentId consent, Instant at, Instant forget_before) override;
  Status remove(ConsentId consent, Instant at) override;

 private:
  Connection& connection_;
};

class SqliteFunnelTable final : public FunnelTable {
 public:
  explicit SqliteFunnelTable(Connection& connection) : connection_(connection) {}
  Status add(const FunnelRow& row) override;
  Result<std::vector<FunnelRow>> all() const override;

 private:
  Connection& connection_;
};

}  // namespace jawort
