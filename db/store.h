// The only door to the database. Flow functions open transactions here, in sight; no other code
// does. Every method that fails with kStorage means: nothing may be acknowledged any more.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/campaign_tables.h"
#include "db/inbox_table.h"
#include "db/rows.h"
#include "db/webhook_table.h"
#include "engine/base/result.h"
#include "engine/consent/consent.h"

namespace jawort {

class ContactTable {
 public:
  virtual ~ContactTable() = default;
  virtual Result<std::optional<ContactRow>> find(ContactId id) const = 0;
  virtual Result<std::optional<ContactRow>> find_by_address(std::string_view normalised) const = 0;
  // In order of id, after `after` (0: from the start), at most `limit`.
  virtual Result<std::vector<ContactRow>> page(ContactId after, int limit) const = 0;
  virtual Result<std::vector<FieldValueRow>> fields(ContactId id) const = 0;
  virtual Status insert(const ContactRow& row) = 0;
  virtual Status set_field(ContactId id, const FieldValueRow& field) = 0;  // inserts or replaces
  virtual Status remove(ContactId id) = 0;                                 // with its fields
};

class ConsentTable {
 public:
  virtual ~ConsentTable() = default;
  virtual Result<std::optional<Consent>> find(ConsentId id) const = 0;
  virtual Result<std::vector<Consent>> of_contact(ContactId id) const = 0;  // in order of id
  // In order of id, after `after` (0: from the start), at most `limit`.
  virtual Result<std::vector<Consent>> page(ConsentId after, int limit) const = 0;
  // Those with a pending round whose expires_at is <= `now`, oldest first, by an index; then those
  // whose renewal's is.
  virtual Result<std::vector<Consent>> expired(Instant now, int limit) const = 0;
  virtual Status put(const Consent& consent) = 0;  // inserts or replaces by id, renewal included
  virtual Status remove(ConsentId id) = 0;
};

class EventTable {
 public:
  virtual ~EventTable() = default;
  virtual Result<std::int64_t> last_sequence() const = 0;  // 0 when empty
  virtual Result<std::optional<EventRow>> find(std::int64_t sequence) const = 0;
  // Events about a contact, or about one of its consents, oldest first, by an index.
  virtual Result<std::vector<EventRow>> about(ContactId contact) const = 0;
  virtual Result<std::vector<EventRow>> about(ContactId contact, ConsentId consent) const = 0;
  virtual Result<std::optional<EventRow>> last_about(ContactId contact,
                                                     ConsentId consent) const = 0;
  // Sorted by name.
  virtual Result<std::vector<EventValueRow>> values(std::int64_t sequence) const = 0;
  // As they lie in the file, in order of sequence after `after`, at most `limit`; with values only
  // where no contact is named: of_contacts() has those of the others.
  virtual Result<std::vector<StoredEvent>> page(std::int64_t after, int limit) const = 0;
  // A node of the tree over the log, as engine/evidence/merkle.h numbers them: level 0 is hashed
  // from its leaf, the others are read. kNotFound: the subtree is not complete.
  virtual Result<Hash256> node(int level, std::uint64_t index) const = 0;
  // Those about the contacts after `after` and up to `last`, as they lie in the file, in order of
  // contact and sequence, by an index.
  virtual Result<std::vector<StoredEvent>> of_contacts(ContactId after, ContactId last) const = 0;
  // In the same order: whom the `count`-th event after those of `after` is about; nothing when
  // there are fewer.
  virtual Result<std::optional<ContactId>> contact_after(ContactId after, int count) const = 0;
  // Events cannot be changed or removed afterwards; triggers in the database refuse it. The nodes
  // of the tree that the leaf completes are written with it. `values`: sorted by name.
  virtual Status append(const EventRow& event, const std::vector<EventValueRow>& values) = 0;
  // All values of an event, or the one of that name; none there is no error.
  virtual Status remove_values(std::int64_t sequence) = 0;
  virtual Status remove_value(std::int64_t sequence, std::string_view name) = 0;
  // Forgets whom the event was about; the leaf says nothing of it.
  virtual Status untie(std::int64_t sequence) = 0;
};

class OutboxTable {
 public:
  virtual ~OutboxTable() = default;
  virtual Status queue(const MailRow& mail, Instant send_at) = 0;  // mail and its outbox row
  virtual Result<std::optional<MailRow>> mail(MailId id) const = 0;
  virtual Result<std::optional<OutboxRow>> find(MailId id) const = 0;
  // kQueued with next_at <= now, in order of next_at, by an index.
  virtual Result<std::vector<OutboxRow>> due(MailPriority priority, Instant now,
                                             int limit) const = 0;
  // When the next mail of that priority that is not due yet will be; nothing when none waits.
  virtual Result<std::optional<Instant>> next_due(MailPriority priority, Instant now) const = 0;
  // Rows in the given states (all when empty), in order of id after `after`.
  virtual Result<std::vector<OutboxRow>> page(const std::vector<OutboxState>& states, MailId after,
                                              int limit) const = 0;
  // Rows that were uncertain at least once, whatever became of them, in order of id after `after`.
  virtual Result<std::vector<OutboxRow>> uncertain(MailId after, int limit) const = 0;
  virtual Status update(const OutboxRow& row) = 0;  // REQUIRES: may_follow, or the same state
  // Removes recipient, message and reply of a mail; the row with its times and hashes stays.
  virtual Status blank(MailId id) = 0;
  virtual Status untie(MailId id) = 0;  // blank(), and forgets to whom it went
  // Of all of it. Setting it again keeps the older one.
  virtual Result<std::optional<OutboxPause>> pause() const = 0;
  virtual Status set_pause(const std::optional<OutboxPause>& pause) = 0;
};

// What must be known of an address after its contact has gone, under a keyed hash of the address.
class AddressMarkTable {
 public:
  virtual ~AddressMarkTable() = default;
  // Times of confirmation mails queued to the address, newest first, since `since`.
  virtual Result<std::vector<Instant>> mailed_since(std::int64_t address_key,
                                                    Instant since) const = 0;
  // To all addresses together, since `since`, by an index.
  virtual Result<int> mails_since(Instant since) const = 0;
  virtual Status mark_mailed(std::int64_t address_key, Instant at) = 0;
  // Until when posts of this address to this form create nothing ("that was not me").
  virtual Result<std::optional<Instant>> denied_until(std::int64_t address_key,
                                                      std::string_view form) const = 0;
  virtual Status mark_denied(std::int64_t address_key, std::string_view form, Instant until) = 0;
  // Forgets mails queued before `mails_before` and denials that ended before `denials_before`, at
  // most `limit` rows in all, by an index. Answers how many went.
  virtual Result<int> prune(Instant mails_before, Instant denials_before, int limit) = 0;
};

// Numbers of what was kept out; nothing of the posts themselves.
class BlockedPostTable {
 public:
  virtual ~BlockedPostTable() = default;
  virtual Status add(const BlockedPostRow& row) = 0;  // adds to what that day has
  // From `day` on, in order of day, form and reason.
  virtual Result<std::vector<BlockedPostRow>> since(std::string_view day) const = 0;
};

// Addresses that are not to be mailed, under the same keyed hash. Never pruned.
class SuppressionTable {
 public:
  virtual ~SuppressionTable() = default;
  virtual Result<std::optional<Suppression>> find(std::int64_t address_key) const = 0;
  // A reason that is no graver than the one already there changes nothing.
  virtual Status put(std::int64_t address_key, const Suppression& suppression) = 0;
  virtual Status remove(std::int64_t address_key) = 0;  // ok also where there is none
};

// What is left of persons who were erased.
class ErasureTable {
 public:
  virtual ~ErasureTable() = default;
  virtual Result<std::vector<KeptProofRow>> kept(std::int64_t address_key) const = 0;
  // Those whose `until` is <= `now`, by an index.
  virtual Result<std::vector<KeptProofRow>> ended(Instant now, int limit) const = 0;
  virtual Status keep(const KeptProofRow& row) = 0;
  virtual Status forget(ConsentId consent) = 0;
  // Writes the line of the journal, and takes the contact out of its older ones.
  virtual Status note(const ErasureNote& note) = 0;
  // How far work of that name has come along the log; 0: it has not begun.
  virtual Result<std::int64_t> progress(std::string_view name) const = 0;
  virtual Status set_progress(std::string_view name, std::int64_t sequence) = 0;
};

class DefinitionTable {
 public:
  virtual ~DefinitionTable() = default;
  virtual Result<std::vector<DefinitionRow>> current() const = 0;
  virtual Result<std::optional<DefinitionRow>> find(const Hash256& version) const = 0;
  // All versions, in order of them, after `after` (all zero: from the start), at most `limit`.
  virtual Result<std::vector<DefinitionRow>> page(const Hash256& after, int limit) const = 0;
  // Stores the version if it is new, and makes it the current one of its kind and id.
  virtual Status put(const DefinitionRow& row) = 0;
  // No version of it is current any more; all of them stay to be found.
  virtual Status retire(std::string_view kind, std::string_view id) = 0;
};

// Signed heads of the log; public. Rows cannot be changed or removed but for the time stamp, which
// is set once: triggers in the database refuse it.
class CheckpointTable {
 public:
  virtual ~CheckpointTable() = default;
  virtual Result<std::optional<CheckpointRow>> last() const = 0;
  virtual Result<std::optional<CheckpointRow>> last_timestamped() const = 0;
  // The smallest of at least that size.
  virtual Result<std::optional<CheckpointRow>> first_covering(std::int64_t size) const = 0;
  // In order of size, after `after` (0: from the start), at most `limit`.
  virtual Result<std::vector<CheckpointRow>> page(std::int64_t after, int limit) const = 0;
  // Without time stamp. REQUIRES: size > 0 and greater than that of the last
  virtual Status insert(const CheckpointRow& row) = 0;
  virtual Status set_timestamp(std::int64_t size, const Bytes& timestamp) = 0;
  // By the name of the place: "file", "url", "mail".
  virtual Result<std::optional<CheckpointSentRow>> sent(std::string_view place) const = 0;
  virtual Status set_sent(std::string_view place, const CheckpointSentRow& row) = 0;
};

// The public keys of the log as they were announced, for ever.
class LedgerKeyTable {
 public:
  virtual ~LedgerKeyTable() = default;
  virtual Result<std::vector<LedgerKeyRow>> all() const = 0;  // in order of number
  virtual Status insert(const LedgerKeyRow& row) = 0;         // REQUIRES: a greater number
};

// A view of all tables at one moment. Through a const reference it can only read.
class Tables {
 public:
  virtual ~Tables() = default;
  virtual ContactTable& contacts() = 0;
  virtual ConsentTable& consents() = 0;
  virtual EventTable& events() = 0;
  virtual OutboxTable& outbox() = 0;
  virtual AddressMarkTable& marks() = 0;
  virtual BlockedPostTable& blocked_posts() = 0;
  virtual SuppressionTable& suppressions() = 0;
  virtual ErasureTable& erasures() = 0;
  virtual DefinitionTable& definitions() = 0;
  virtual CheckpointTable& checkpoints() = 0;
  virtual LedgerKeyTable& ledger_keys() = 0;
  virtual ReceiptTable& receipts() = 0;
  virtual WebhookTable& webhooks() = 0;
  virtual EnrolmentTable& enrolments() = 0;
  virtual ConsentUseTable& consent_uses() = 0;
  virtual FunnelTable& funnel() = 0;
  virtual InboxTable& inbox() = 0;

  const ContactTable& contacts() const { return const_cast<Tables*>(this)->contacts(); }
  const ConsentTable& consents() const { return const_cast<Tables*>(this)->consents(); }
  const EventTable& events() const { return const_cast<Tables*>(this)->events(); }
  const OutboxTable& outbox() const { return const_cast<Tables*>(this)->outbox(); }
  const AddressMarkTable& marks() const { return const_cast<Tables*>(this)->marks(); }
  const BlockedPostTable& blocked_posts() const {
    return const_cast<Tables*>(this)->blocked_posts();
  }
  const SuppressionTable& suppressions() const { return const_cast<Tables*>(this)->suppressions(); }
  const ErasureTable& erasures() const { return const_cast<Tables*>(this)->erasures(); }
  const DefinitionTable& definitions() const { return const_cast<Tables*>(this)->definitions(); }
  const CheckpointTable& checkpoints() const { return const_cast<Tables*>(this)->checkpoints(); }
  const LedgerKeyTable& ledger_keys() const { return const_cast<Tables*>(this)->ledger_keys(); }
  const ReceiptTable& receipts() const { return const_cast<Tables*>(this)->receipts(); }
  const WebhookTable& webhooks() const { return const_cast<Tables*>(this)->webhooks(); }
  const EnrolmentTable& enrolments() const { return const_cast<Tables*>(this)->enrolments(); }
  const ConsentUseTable& consent_uses() const { return const_cast<Tables*>(this)->consent_uses(); }
  const FunnelTable& funnel() const { return const_cast<Tables*>(this)->funnel(); }
  const InboxTable& inbox() const { return const_cast<Tables*>(this)->inbox(); }
};

// Whether the disk has room for what makes the database grow.
enum class DiskSpace : std::uint8_t {
  kEnough,
  kFormsStopped,  // what waits for room is refused; the reserve is untouched
  kReserveInUse,  // the same, and the reserve has been given to the file system
};

// Thread-safe.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // Runs `work` in the calling thread on a consistent snapshot. Keep it short: a reader that stays
  // keeps the write-ahead log from being reset.
  virtual Status read(const std::function<Status(const Tables&)>& work) const = 0;
};

// Thread-safe.
class Store : public StoreReader {
 public:
  // Runs `work` in the one writer thread, inside the transaction of the next group; returns when
  // that group is durable on disk. If `work` answers an error, what it wrote is undone, the error
  // is returned, and the rest of the group is not touched. `work` may run again if its group has to
  // be repeated, so it must not have effects outside `Tables` but in variables it sets afresh.
  // kStorage: the commit failed; the store then refuses everything (fail-stop).
  virtual Status write(const std::function<Status(Tables&)>& work) = 0;

  // As write(), for what can wait until there is room again: form posts, not what a person decides
  // about data that is already here. kUnavailable while space() is not kEnough.
  virtual Status write_if_room(const std::function<Status(Tables&)>& work) = 0;

  // Moves the write-ahead log into the database and empties it: what was overwritten is in no file
  // of ours any more. False: readers were in the way for `within`; then the next idle second does
  // it.
  virtual Result<bool> empty_log(milliseconds within) = 0;

  virtual DiskSpace space() const = 0;  // as of the last group of writes
  // False after the first storage error.
  virtual bool healthy() const = 0;
  // The highest id in use, for IdSource.
  virtual Result<std::int64_t> highest_id() const = 0;
  // Number of the newest migration that this database has seen.
  virtual int schema_version() const = 0;
};

}  // namespace jawort
