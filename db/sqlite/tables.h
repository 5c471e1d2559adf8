// The tables of db/store.h on one connection. Used by that connection's thread, inside a
// transaction that others open and close.
#pragma once

#include "db/sqlite/ledger_tables.h"
#include "db/sqlite/record_tables.h"
#include "db/sqlite/traffic_tables.h"

namespace jawort {

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
        funnel_(connection),
        inbox_(connection) {}

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
  InboxTable& inbox() override { return inbox_; }
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
  SqliteInboxTable inbox_;
};

}  // namespace jawort
