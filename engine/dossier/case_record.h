// Everything that a dossier tells of one person's consent for one purpose, as plain data: gathered
// by engine/flow/make_dossier, printed and packed by this room. Holds personal data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

// A mail as it is shown: its links are good for as long as the person is known, so each token in it
// is replaced by filler. evidence/FORMAT.md §4 says which hash fits.
struct CaseMail {
  std::string file;  // "mails/1-confirmation.eml"; empty when the bytes are gone
  MailKind kind = MailKind::kConfirmation;
  std::int64_t submission = 0;  // sequence of the event that queued it
  std::string message_id, subject, date, language;
  std::string bytes;           // RFC 5322; with filler in the place of each token
  bool links_cut = false;      // there was a token, so `bytes` have another hash than the whole
  bool cut_committed = false;  // an event commits to `bytes`; not before 30 November 2026
  Hash256 template_version{}, message_hash{};  // of what went out
};

struct CaseRound {
  Round round;
  std::optional<ShownForm> shown;    // by the round's form_version; nothing: not stored any more
  Document shown_document;           // its canonical bytes; empty body when missing
  const Purpose* purpose = nullptr;  // in `shown`; null when that is missing
};

// One of the items of PRODUCT §6.2.
enum class ItemState : std::uint8_t { kPresent, kMissing, kErased, kNotApplicable };
struct CaseItem {
  int number = 0;  // 1 to 21
  ItemState state = ItemState::kMissing;
  // Key of a text (engine/dossier/case_items.h): why it is not there, or what has to be added where
  // it is. Empty when there is nothing to say.
  std::string reason;
};

// An earlier head of the log with the proof (RFC 9162 §2.1.4) that this one goes on from it, for
// whoever has kept the earlier one.
struct CaseGrowth {
  std::string checkpoint_note;
  std::vector<Hash256> consistency;
};

// How long the proof is kept once the consent has ended.
struct CaseRetention {
  Duration period;
  bool of_purpose = false;  // its keep_proof; else [[retention]] "revoked", to the end of a year
  std::optional<Instant> until;  // nothing: the consent has not ended yet
};

struct CaseRecord {
  Instant made_at;
  std::string zone;                        // of the controller, IANA
  Controller controller;                   // of today
  std::string email;                       // as typed; empty after an erasure
  std::string purpose;                     // id
  std::string language;                    // of the printed dossier: "de" or "en"
  Consent consent;                         // as it stands
  std::vector<CaseRound> rounds;           // oldest first
  std::vector<CaseEvent> events;           // in order of sequence
  std::vector<CaseMail> mails;             // in order of queueing
  std::vector<CaseItem> items;             // all 21, in order
  std::optional<CaseRetention> retention;  // of the round that stands, where it was confirmed
  // Proofs of consents of the same address and purpose, ended by erasures, that are kept besides.
  int kept_besides = 0;
  bool ips_wanted = true;         // by the policy of today
  bool timestamps_wanted = true;  // an authority is set today

  Checkpoint checkpoint;
  std::string checkpoint_note;           // signed
  std::vector<CaseGrowth> growth;        // oldest first; may be empty
  std::vector<VerifierKey> keys;         // of the log, oldest first
  std::vector<std::string> key_history;  // signed notes, engine/evidence/key_history.h
  Bytes timestamp;  // RFC 3161 TimeStampResp over checkpoint_note; may be empty
  std::optional<Instant> timestamp_at;
  std::string timestamp_authority;  // as its certificate names it
};

// The value that opens a commitment of that name; null when there is none, or it is gone.
const std::string* value_in(const CaseEvent& event, std::string_view name);
bool erased_in(const CaseEvent& event, std::string_view name);
// Whether Jawort itself showed the form, by what the sign-up's leaf says of how it was served.
bool served_by_jawort(const Leaf& sign_up);
// Sets `round.purpose`, which points into the round: from then on it must not be moved.
void point_to_purpose(CaseRound& round, std::string_view purpose);

}  // namespace jawort
