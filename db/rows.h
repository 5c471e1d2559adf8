// Rows of the tables that are not already types of the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/ids.h"
#include "engine/evidence/value_pack.h"
#include "engine/queue/outbox.h"
#include "engine/queue/suppression.h"
#include "engine/queue/webhook_delivery.h"

namespace jawort {

struct ContactRow {
  ContactId id;
  std::string email;             // as typed
  std::string email_normalised;  // unique
  std::string language, source;  // source: "form:newsletter"
  Instant created_at;
};

struct FieldValueRow {
  std::string name, value, source;
  Instant set_at;
};

// One event as it lies in the log: the leaf's bytes are the truth; sequence, at and type repeat
// them for queries and are checked against them.
struct EventRow {
  std::int64_t sequence = 0;
  Instant at;
  std::string type;
  Bytes leaf;
  // Whom it is about; the contact may be none, and both may be gone.
  ContactId contact{};
  std::vector<ConsentId> consents{};
};
// The columns of an event, unread: for whoever holds them against each other, and may not stop at
// what is damaged.
struct StoredEvent {
  std::int64_t sequence = 0;
  std::int64_t at = 0;  // milliseconds
  std::string type;
  Bytes leaf;
  std::optional<std::int64_t> contact;
  Bytes consents;  // eight bytes each
  Bytes nodes;     // FORMAT.md §6; 32 bytes each, empty for an odd sequence
  Bytes values;    // packed, FORMAT.md §3; empty when none are left
};

// A personal value held apart from its event; deleting it leaves the leaf and its commitment.
using EventValueRow = SaltedValue;

// A mail as composed, immutable. The message has its tokens cut out (engine/mail/message.h).
struct MailRow {
  MailId id;
  MailKind kind = MailKind::kConfirmation;
  ContactId contact;
  std::int64_t submission = 0;    // the form_submitted event it answers
  std::string sender, recipient;  // envelope
  std::string language;
  Hash256 template_version{};
  std::string message;
  std::string slots;       // slots_text
  Hash256 message_hash{};  // SHA-256 of the completed message
  std::uint8_t token_key = 0;
  Instant queued_at, expires_at;
  std::vector<ConsentId> consents;  // what it asks for
};

struct OutboxRow {
  MailId mail;
  MailKind kind = MailKind::kConfirmation;
  OutboxState state = OutboxState::kQueued;
  MailPriority priority = MailPriority::kPersonal;
  int attempts = 0;   // that the relay answered, or left open
  int excused = 0;    // of these: refused for what we are; they bring no mail nearer to its end
  int uncertain = 0;  // of these: the last bytes were handed over, and no word came back
  Instant next_at;
  std::optional<Instant> last_attempt_at;
  std::optional<Instant> handed_over_at;  // last bytes of the last attempt that came so far
  int last_code = 0;
  std::string last_reply;  // personal: replies quote addresses
  std::string recipient;   // read only, from the mail
};

// Posts that a form's protection kept out on one day.
struct BlockedPostRow {
  std::string day, form, reason;  // day: "2026-11-23"
  std::int64_t posts = 0;
};

struct Suppression {
  SuppressionReason reason = SuppressionReason::kHardBounce;
  Instant since;
};

// What an erasure left of a consent that was once confirmed: its events keep their values.
struct KeptProofRow {
  ConsentId consent;  // as its events name it, and its contact; both rows are gone
  ContactId contact;
  std::string purpose;
  std::int64_t address_key = 0;
  Instant erased_at;
  std::int64_t erasure = 0;  // sequence of the event
  Instant until;             // when it goes too
};

// For the journal of opt-outs, so that it is known although an older backup was restored.
struct ErasureNote {
  std::int64_t address_key = 0;
  Instant at;
  std::string ground;
  bool with_proof = false;
  ContactId contact{};                // none: an earlier erasure took it
  std::vector<ConsentId> consents{};  // all that it had
};

// Somebody's way through the steps of a campaign that follow one event.
struct EnrolmentRow {
  // The key. `follows`: see engine/campaign/sequence.h.
  std::int64_t begun_by = 0;  // sequence of the event; whom it is about says that
  std::string campaign, follows;

  Hash256 campaign_version{};  // stays, whatever comes after it
  Instant anchor;              // from when `after` counts
  int step = 0;                // number in the campaign of the step that comes next
  Instant due_at;
  bool operator==(const EnrolmentRow&) const = default;
};
// How many are in one version of a campaign, by the step that comes next.
struct EnrolmentCount {
  Hash256 campaign_version{};
  int step = 0;
  std::int64_t people = 0;
};
struct CampaignPause {
  std::string campaign;
  Instant since;
};
// How many came so far; `step` 0: the sign-up with its confirmation mail.
struct FunnelRow {
  std::string campaign, form;
  int step = 0;
  std::string what;  // "signed_up", "confirmed" …
  std::int64_t people = 0;
};

// While it is there no mail goes at all.
struct OutboxPause {
  Instant since;
  std::string reason;
};

// A signed head of the log (engine/evidence/checkpoint.h).
struct CheckpointRow {
  std::int64_t size = 0;  // leaves; also the sequence of the last one
  Instant at;
  std::string note;
  Bytes timestamp{};  // RFC 3161, DER; empty: none was had
};
// The newest checkpoint that a place outside the house was given.
struct CheckpointSentRow {
  std::int64_t size = 0;
  Instant at;
};
struct LedgerKeyRow {
  std::uint8_t number = 0;
  std::string note;  // engine/evidence/key_history.h
};

// Where an endpoint of a webhook stands; its address and its events are in its definition.
struct WebhookEndpointRow {
  std::string id;
  std::int64_t cursor = 0;              // sequence up to which the log was gone through for it
  std::int64_t generation = 1;          // of its secret
  std::optional<Instant> rotated_at{};  // since when the generation before is on its way out
  std::optional<Instant> disabled_at{};
  std::string disabled_because{};
};
// One thing that an endpoint is told, and what came of it. Nothing personal: what is sent is put
// together when it is sent.
struct WebhookDeliveryRow {
  std::string endpoint;
  std::int64_t sequence = 0;  // of the event
  int part = 0;               // an event may say several things
  ContactId contact;
  std::string type, purpose;  // "consent.confirmed"; purpose may be empty
  WebhookState state = WebhookState::kWaiting;
  int attempts = 0;
  std::optional<Instant> next_at{};  // nothing: it is over, or waits for one about the same contact
  std::optional<Instant> last_at{};  // of the last attempt
  int last_status = 0;               // of HTTP; 0: no answer
  std::string last_problem{};        // in our own words
};

// A mail from a person that a human has to read. Personal.
struct InboxRow {
  InboxId id;
  Instant at;
  ContactId contact;  // about whom it is, by a token or by the mail of ours that it answers
  MailId mail;        // that one
  bool by_token = false;
  std::string sender, subject, text;  // UTF-8; the text's beginning
  Hash256 message_hash{};             // of the mail as it came
};

struct DefinitionRow {
  std::string kind, id, body;
  Hash256 version{};
  Instant created_at;
  bool current = false;
};

}  // namespace jawort
