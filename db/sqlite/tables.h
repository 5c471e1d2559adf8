// The tables of db/store.h on one connection. Used by that connection's thread, inside a
// transaction that others open and close.
#pragma once

#include "db/sqlite/connection.h"
#include "db/sqlite/webhook_table.h"
#include "db/store.h"

namespace jawort {

class SqliteContactTable final : public ContactTable {
 public:
  explicit SqliteContactTable(Connection& connection) : connection_(connection) {}
  Result<std::optional<ContactRow>> find(ContactId id) const override;
  Result<std::optional<ContactRow>> find_by_address(std::string_view normalised) const override;
  Result<std::vector<ContactRow>> page(ContactId after, int limit) const override;
  Result<std::vector<FieldValueRow>> fields(ContactId id) const override;
  Status insert(const ContactRow& row) override;
  Status set_field(ContactId id, const FieldValueRow& field) override;
  Status remove(ContactId id) override;

 private:
  Connection& connection_;
};

class SqliteConsentTable final : public ConsentTable {
 public:
  explicit SqliteConsentTable(Connection& connection) : connection_(connection) {}
  Result<std::optional<Consent>> find(ConsentId id) const override;
  Result<std::vector<Consent>> of_contact(ContactId id) const override;
  Result<std::vector<Consent>> expired(Instant now, int limit) const override;
  Result<std::vector<Consent>> page(ConsentId after, int limit) const override;
  Status put(const Consent& consent) override;
  Status remove(ConsentId id) override;

 private:
  Connection& connection_;
};

class SqliteEventTable final : public EventTable {
 public:
  explicit SqliteEventTable(Connection& connection) : connection_(connection) {}
  Result<std::int64_t> last_sequence() const override;
  Result<std::optional<EventRow>> find(std::int64_t sequence) const override;
  Result<std::vector<EventRow>> about(ContactId contact) const override;
  Result<std::vector<EventRow>> about(ContactId contact, ConsentId consent) const override;
  Result<std::optional<EventRow>> last_about(ContactId contact, ConsentId consent) const override;
  Result<std::vector<EventValueRow>> values(std::int64_t sequence) const override;
  Result<std::vector<StoredEvent>> page(std::int64_t after, int limit) const override;
  Result<Hash256> node(int level, std::uint64_t index) const override;
  Result<std::vector<StoredEvent>> of_contacts(ContactId after, ContactId last) const override;
  Result<std::optional<ContactId>> contact_after(ContactId after, int count) const override;
  Status append(const EventRow& event, const std::vector<EventValueRow>& values) override;
  Status remove_values(std::int64_t sequence) override;
  Status remove_value(std::int64_t sequence, std::string_view name) override;
  Status untie(std::int64_t sequence) override;

 private:
  Connection& connection_;
};

class SqliteOutboxTable final : public OutboxTable {
 public:
  explicit SqliteOutboxTable(Connection& connection) : connection_(connection) {}
  Status queue(const MailRow& mail, Instant send_at) override;
  Result<std::optional<MailRow>> mail(MailId id) const override;
  Result<std::optional<OutboxRow>> find(MailId id) const override;
  Result<std::vector<OutboxRow>> due(MailPriority priority, Instant now, int limit) const override;
  Result<std::optional<Instant>> next_due(MailPriority priority, Instant now) const override;
  Result<std::vector<OutboxRow>> page(const std::vector<OutboxState>& states, MailId after,
                                      int limit) const override;
  Result<std::vector<OutboxRow>> uncertain(MailId after, int limit) const override;
  Status update(const OutboxRow& row) override;
  Status blank(MailId id) override;
  Status untie(MailId id) override;
  Result<std::optional<OutboxPause>> pause() const override;
  Status set_pause(const std::optional<OutboxPause>& pause) override;

 private:
  Connection& connection_;
};

class SqliteAddressMarkTable final : public AddressMarkTable {
 public:
  explicit SqliteAddressMarkTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<Instant>> mailed_since(std::int64_t address_key, Instant since) const override;
  Result<int> mails_since(Instant since) const override;
  Status mark_mailed(std::int64_t address_key, Instant at) override;
  Result<std::optional<Instant>> denied_until(std::int64_t address_key,
                                              std::string_view form) const override;
  Status mark_denied(std::int64_t address_key, std::string_view form, Instant until) override;
  Result<int> prune(Instant mails_before, Instant denials_before, int limit) override;

 private:
  Connection& connection_;
};

class SqliteBlockedPostTable final : public BlockedPostTable {
 public:
  explicit SqliteBlockedPostTable(Connection& connection) : connection_(connection) {}
  Status add(const BlockedPostRow& row) override;
  Result<std::vector<BlockedPostRow>> since(std::string_view day) const override;

 private:
  Connection& connection_;
};

class SqliteSuppressionTable final : public SuppressionTable {
 public:
  explicit SqliteSuppressionTable(Connection& connection) : connection_(connection) {}
  Result<std::optional<Suppression>> find(std::int64_t address_key) const override;
  Status put(std::int64_t address_key, const Suppression& suppression) override;
  Status remove(std::int64_t address_key) override;

 private:
  Connection& connection_;
};

class SqliteErasureTable final : public ErasureTable {
 public:
  explicit SqliteErasureTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<KeptProofRow>> kept(std::int64_t address_key) const override;
  Result<std::vector<KeptProofRow>> ended(Instant now, int limit) const override;
  Status keep(const KeptProofRow& row) override;
  Status forget(ConsentId consent) override;
  Status note(const ErasureNote& note) override;
  Result<std::int64_t> progress(std::string_view name) const override;
  Status set_progress(std::string_view name, std::int64_t sequence) override;

 private:
  Connection& connection_;
};

class SqliteDefinitionTable final : public DefinitionTable {
 public:
  explicit SqliteDefinitionTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<DefinitionRow>> current() const override;
  Result<std::optional<DefinitionRow>> find(const Hash256& version) const override;
  Result<std::vector<DefinitionRow>> page(const Hash256& after, int limit) const override;
  Status put(const DefinitionRow& row) override;
  Status retire(std::string_view kind, std::string_view id) override;

 private:
  Connection& connection_;
};

class SqliteCheckpointTable final : public CheckpointTable {
 public:
  explicit SqliteCheckpointTable(Connection& connection) : connection_(connection) {}
  Result<std::optional<CheckpointRow>> last() const override;
  Result<std::optional<CheckpointRow>> last_timestamped() const override;
  Result<std::optional<CheckpointRow>> first_covering(std::int64_t size) const override;
  Result<std::vector<CheckpointRow>> page(std::int64_t after, int limit) const override;
  Status insert(const CheckpointRow& row) override;
  Status set_timestamp(std::int64_t size, const Bytes& timestamp) override;
  Result<std::optional<CheckpointSentRow>> sent(std::string_view place) const override;
  Status set_sent(std::string_view place, const CheckpointSentRow& row) override;

 private:
  Connection& connection_;
};

class SqliteLedgerKeyTable final : public LedgerKeyTable {
 public:
  explicit SqliteLedgerKeyTable(Connection& connection) : connection_(connection) {}
  Result<std::vector<LedgerKeyRow>> all() const override;
  Status insert(const LedgerKeyRow& row) override;

 private:
  Connection& connection_;
};

class SqliteReceiptTable final : public ReceiptTable {
 public:
  explicit SqliteReceiptTable(Connection& connection) : connection_(connection) {}
  Status add(std::int64_t confirmation) override;
  Result<std::vector<std::int64_t>> due(std::int64_t covered, int limit) const override;
  Result<bool> take(std::int64_t confirmation) override;

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

class SqliteTables final : public Tables {
 public:
  explicit SqliteTables(Connection& connection)
      : connection_(connection),
        contacts_(connection),
        consents_(connection),
        events_(connection),
        outbox_(connection),
        marks_(connection),
        blocked_posts_(connection),
        suppressions_(connection),
        erasures_(connection),
        definitions_(connection),
        checkpoints_(connection),
        ledger_keys_(connection),
        receipts_(connection),
        webhooks_(connection),
        enrolments_(connection),
        consent_uses_(connection),
        funnel_(connection) {}

  ContactTable& contacts() override { return contacts_; }
  ConsentTable& consents() override { return consents_; }
  EventTable& events() override { return events_; }
  OutboxTable& outbox() override { return outbox_; }
  AddressMarkTable& marks() override { return marks_; }
  BlockedPostTable& blocked_posts() override { return blocked_posts_; }
  SuppressionTable& suppressions() override { return suppressions_; }
  ErasureTable& erasures() override { return erasures_; }
  DefinitionTable& definitions() override { return definitions_; }
  CheckpointTable& checkpoints() override { return checkpoints_; }
  LedgerKeyTable& ledger_keys() override { return ledger_keys_; }
  ReceiptTable& receipts() override { return receipts_; }
  WebhookTable& webhooks() override { return webhooks_; }
  EnrolmentTable& enrolments() override { return enrolments_; }
  ConsentUseTable& consent_uses() override { return consent_uses_; }
  FunnelTable& funnel() override { return funnel_; }
  // As Store::highest_id. Ids of what was removed count too: the log still names them.
  Result<std::int64_t> highest_id() const;

 private:
  Connection& connection_;
  SqliteContactTable contacts_;
  SqliteConsentTable consents_;
  SqliteEventTable events_;
  SqliteOutboxTable outbox_;
  SqliteAddressMarkTable marks_;
  SqliteBlockedPostTable blocked_posts_;
  SqliteSuppressionTable suppressions_;
  SqliteErasureTable erasures_;
  SqliteDefinitionTable definitions_;
  SqliteCheckpointTable checkpoints_;
  SqliteLedgerKeyTable ledger_keys_;
  SqliteReceiptTable receipts_;
  SqliteWebhookTable webhooks_;
  SqliteEnrolmentTable enrolments_;
  SqliteConsentUseTable consent_uses_;
  SqliteFunnelTable funnel_;
};

}  // namespace jawort
