// Everything that a dossier tells of one person's consent for one purpose, as plain data: gathered
// by engine/flow/make_dossier, printed and packed by this room. Holds personal data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/campaign/definitions.h"
#include "engine/consent/consent.h"
#include "engine/evidence/checkpoint.h"
#include "engine/evidence/leaf.h"
#include "engine/evidence/signed_note.h"
#include "engine/evidence/value_pack.h"
#include "engine/queue/outbox.h"

namespace jawort {

struct CaseEvent {
  Leaf leaf;
  Bytes leaf_bytes;                   // the truth of `leaf`, hashed as they are
  std::vector<SaltedValue> values;    // that open commitments of the leaf; sorted by name
  std::vector<std::string> erased;    // names of commitments whose values are gone
  std::vector<std::string> withheld;  // of commitments that concern another purpose
  std::vector<Hash256> inclusion;     // RFC 9162, in the checkpoint's tree
};

struct CaseMail {
  std::string file;  // "mails/1-confirmation.eml"; empty when the bytes are gone
  MailKind kind = MailKind::kConfirmation;
  std::int64_t submission = 0;  // sequence of the event that queued it
  std::string message_id, subject, date, language;
  std::string bytes;            // RFC 5322; with filler where a link still lives
  bool links_cut = false;       // then the hash of the whole cannot be recomputed from `bytes`
  Hash256 template_version{}, message_hash{};
};

struct CaseRound {
  Round round;
  std::optional<ShownForm> shown;  // by the round's form_version; nothing: not stored any more
  Document shown_document;         // its canonical bytes; empty body when missing
  const Purpose* purpose = nullptr;  // in `shown`; null when that is missing
};

// One of the items of PRODUCT §6.2.
enum class ItemState : std::uint8_t { kPresent, kMissing, kErased, kNotApplicable };
struct CaseItem {
  int number = 0;  // 1 to 21
  ItemState state = ItemState::kMissing;
  std::string reason;  // key of a text that says why it is not there; empty when present
};

struct CaseRecord {
  Instant made_at;
  std::string zone;        // of the controller, IANA
  Controller controller;   // of today
  std::string public_url;
  std::string email;       // as typed; empty after an erasure
  std::string purpose;     // id
  std::string language;    // of the printed dossier: "de" or "en"
  Consent consent;         // as it stands
  std::vector<CaseRound> rounds;   // oldest first
  std::vector<CaseEvent> events;   // in order of sequence
  std::vector<CaseMail> mails;     // in order of queueing
  std::vector<CaseItem> items;     // all 21, in order

  Checkpoint checkpoint;
  std::string checkpoint_note;     // signed
  std::vector<VerifierKey> keys;   // of the log, oldest first
  std::string key_history;         // signed notes, engine/evidence/key_history.h; may be empty
  Bytes timestamp;                 // RFC 3161 TimeStampResp over checkpoint_note; may be empty
  std::optional<Instant> timestamp_at;
  std::string timestamp_authority; // as its certificate names it
};

}  // namespace jawort
