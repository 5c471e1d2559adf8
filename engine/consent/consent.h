// The consent of one contact for one purpose, and the only rules by which it changes. Pure: no I/O,
// no clock. The row in table `consent` is a cache of fold(events); tests hold it to that.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace jawort {

enum class ConsentStatus : std::uint8_t { kPending, kConfirmed, kRevoked, kDenied, kExpired };
enum class Grade : std::uint8_t { kObserved, kAsserted, kClick, kImported, kStaff };
enum class RevokedBy : std::uint8_t {
  kLink,
  kOneClick,
  kPreferences,
  kMail,
  kStaff,
  kComplaint,
  kApi
};

std::string_view name_of(ConsentStatus status);  // "pending"
std::string_view name_of(Grade grade);           // "observed"
std::string_view name_of(RevokedBy by);          // "one_click"
std::optional<ConsentStatus> parse_consent_status(std::string_view name);
std::optional<Grade> parse_grade(std::string_view name);
std::optional<RevokedBy> parse_revoked_by(std::string_view name);

// A moment with its calendar date in the controller's zone at that time. Once set, never changed.
struct Stamp {
  Instant at;
  std::string date;  // "2026-11-23"
  bool operator==(const Stamp&) const = default;
};

// One round: from an opt-in to its end.
struct Round {
  ConsentStatus status = ConsentStatus::kPending;
  Grade grade = Grade::kObserved;
  std::string form;
  std::string form_version;     // "sha256:…" of the form as shown
  std::string purpose_version;  // "sha256:…"; holds the wording
  std::string language;
  std::int64_t submission = 0;  // sequence of the form_submitted event
  MailId mail;                  // the mail that can confirm it; 0: none was queued
  MailId first_mail;  // the confirmation mail before a reminder took its place; 0: none did
  Stamp opt_in;
  Instant expires_at;  // while pending: when it ends by itself
  std::optional<Instant> mailed_at, opened_at;
  std::optional<Stamp> confirmed, revoked;
  std::optional<RevokedBy> revoked_by;
  // The person was erased. Of a round that was once confirmed the proof may be left for a while.
  std::optional<Stamp> erased;

  // Either of its mails. False for no mail.
  bool has_mail(MailId id) const { return id && (id == mail || id == first_mail); }
  bool operator==(const Round&) const = default;
};

// What can happen to one consent. The names are the event types in the log where they are the same.
enum class ConsentChange : std::uint8_t {
  kOptIn,       // form_submitted with this purpose ticked, starting a new round
  kRenewal,     // form_submitted by whom is confirmed, under a newer wording
  kHandedOver,  // mail_handed_over: the relay took the confirmation mail
  kOpened,      // link_opened
  kConfirmed,   // consent_confirmed
  kDenied,      // consent_denied
  kExpired,     // consent_expired, also for a purpose unticked on the confirmation page
  kRevoked,     // consent_revoked
  kErased,      // contact_erased
  kReminded,    // reminder_queued: from now on it waits for that mail
};
std::string_view name_of(ConsentChange change);

struct ConsentEvent {
  ConsentChange change = ConsentChange::kOptIn;
  Stamp at;
  MailId mail;                 // kOptIn, kRenewal, kReminded, kHandedOver, kOpened, kConfirmed
  Round opt_in;                // kOptIn, kRenewal: form, versions, language, submission …
  std::optional<Grade> grade;  // kConfirmed: when confirming lowers it ("click")
  std::optional<RevokedBy> revoked_by;  // kRevoked
};

// Where a consent stands: its current round, nothing when there was none; and beside a confirmed
// one a pending round under a newer wording, the renewal, while it waits for its mail's press. The
// confirmed round is never touched by it: a confirmed renewal takes its place as a round of its
// own.
struct Standing {
  std::optional<Round> round, renewal;
  bool operator==(const Standing&) const = default;
};

// The state machine. Answers where the consent stands after the event; kRefused, with the state
// unchanged, for what may not happen: an opt-in never lowers a confirmed round, only the waiting
// mail's round can be confirmed, nothing follows an end but a new opt-in. kHandedOver and kOpened
// of an older mail, or repeated, change nothing and are ok. While a renewal waits, kConfirmed,
// kDenied, kExpired and kReminded are about it; kRevoked and kErased end both. A round is reminded
// of once; its stamps are of whichever of the two mails came first.
Result<Standing> advance(const Standing& standing, const ConsentEvent& event);

// All rounds of a consent, oldest first; a renewal is one of them once it is confirmed. A refused
// event is an error: the log may not hold one.
struct History {
  std::vector<Round> rounds;
  std::optional<Round> renewal;  // that waits
};
Result<History> fold(std::span<const ConsentEvent> events);
// What `consent` shows: the last round that was neither denied nor expired, since those leave no
// record but the event. After revoked → pending → expired that is the revoked round again. Nothing
// after an erasure.
std::optional<Round> current_round(std::span<const Round> rounds);

// One table row per state × change, as text, for documents and tests.
std::string print_state_machine();

// A consent that opts out stays in force while a newer round is only pending.
struct Consent {
  ConsentId id;
  ContactId contact;
  std::string purpose;
  Round round;
  std::optional<Round> renewal{};  // only beside a confirmed round

  // What waits for a press: a pending round, or the renewal; null when nothing does.
  const Round* waiting() const;
};

}  // namespace jawort
