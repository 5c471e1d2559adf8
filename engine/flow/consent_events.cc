#include "engine/flow/consent_events.h"

#include <array>
#include <utility>

namespace jawort {
namespace {

// Event types that move a consent; the others (a deferral, a refusal by the relay) do not.
constexpr std::array<std::pair<std::string_view, ConsentChange>, 9> kTypes{{
    {"form_submitted", ConsentChange::kOptIn},
    {"mail_handed_over", ConsentChange::kHandedOver},
    {"link_opened", ConsentChange::kOpened},
    {"consent_confirmed", ConsentChange::kConfirmed},
    {"consent_denied", ConsentChange::kDenied},
    {"consent_expired", ConsentChange::kExpired},
    {"consent_revoked", ConsentChange::kRevoked},
    {"contact_erased", ConsentChange::kErased},
    {"reminder_queued", ConsentChange::kReminded},
}};

std::optional<ConsentChange> change_of(std::string_view type) {
  for (const auto& [name, change] : kTypes) {
    if (name == type) return change;
  }
  return std::nullopt;
}

Round opted_in(const Leaf& leaf, std::string_view purpose) {
  Round round;
  round.grade = parse_grade(leaf.fact("grade")).value_or(Grade::kObserved);
  round.form = leaf.fact("form");
  round.form_version = leaf.fact("form_version");
  round.purpose_version = leaf.fact("purpose:" + std::string(purpose));
  round.language = leaf.fact("language");
  round.submission = static_cast<std::int64_t>(leaf.sequence);
  round.expires_at = parse_rfc3339(leaf.fact("expires_at")).value_or(leaf.at);
  return round;
}

// Which mail an event is about is a personal value: it would link a person's events in the log. It
// goes when the values go; then every event of the round has none, and the fold still holds.
Result<MailId> mail_of(const Tables& tables, std::int64_t sequence) {
  const auto values = tables.events().values(sequence);
  if (!values.ok()) return values.error();
  for (const EventValueRow& value : *values) {
    if (value.name == "mail") return MailId{parse_id_text(value.value).value_or(0)};
  }
  return MailId{};
}

}  // namespace

std::optional<ConsentEvent> consent_event(const Leaf& leaf, std::string_view purpose, MailId mail) {
  const auto change = change_of(leaf.type);
  if (!change) return std::nullopt;
  const bool opt_in = *change == ConsentChange::kOptIn;
  const std::string_view round =
      opt_in ? leaf.fact("round:" + std::string(purpose)) : std::string_view{};
  // A sign-up that found the consent confirmed, or the limit of mails reached, starts no round.
  if (opt_in && round != "new" && round != "renewal") return std::nullopt;
  ConsentEvent event;
  event.change = round == "renewal" ? ConsentChange::kRenewal : *change;
  event.at = {leaf.at, std::string(leaf.fact("date"))};
  event.mail = mail;
  if (opt_in) event.opt_in = opted_in(leaf, purpose);
  if (*change == ConsentChange::kConfirmed) event.grade = parse_grade(leaf.fact("grade"));
  event.revoked_by = parse_revoked_by(leaf.fact("revoked_by"));
  return event;
}

Result<std::vector<ConsentEvent>> consent_events(const Tables& tables, const Consent& consent) {
  const auto rows = tables.events().about(consent.contact, consent.id);
  if (!rows.ok()) return rows.error();
  std::vector<ConsentEvent> events;
  for (const EventRow& row : *rows) {
    if (!change_of(row.type)) continue;
    const auto leaf = decode_leaf(row.leaf);
    if (!leaf.ok()) return leaf.error();
    auto event = consent_event(*leaf, consent.purpose, {});
    if (!event) continue;
    const auto mail = mail_of(tables, row.sequence);
    if (!mail.ok()) return mail.error();
    event->mail = *mail;
    events.push_back(std::move(*event));
  }
  return events;
}

Result<History> consent_history(const Tables& tables, const Consent& consent) {
  const auto events = consent_events(tables, consent);
  if (!events.ok()) return events.error();
  auto history = fold(*events);
  if (history.ok()) return history;
  return internal_error("the events of this consent contradict one another (" +
                        history.error().message +
                        "): the database was changed, or is damaged; see `jawort ledger verify`");
}

Status change_consents(Tables& tables, const std::vector<Consent>& consents,
                       const ConsentEvent& change) {
  for (const Consent& asked : consents) {
    auto consent = tables.consents().find(asked.id);
    if (!consent.ok()) return consent.error();
    if (!*consent) return internal_error("a consent that is to change is not there");
    auto standing = jawort::advance({(*consent)->round, (*consent)->renewal}, change);
    if (!standing.ok()) return standing.error();
    (*consent)->round = std::move(*standing->round);
    (*consent)->renewal = std::move(standing->renewal);
    JAWORT_TRY(tables.consents().put(**consent));
  }
  return {};
}

Result<Standing> folded_standing(const Tables& tables, const Consent& consent) {
  const auto events = consent_events(tables, consent);
  if (!events.ok()) return events.error();
  auto history = fold(*events);
  if (!history.ok()) return history.error();
  return Standing{current_round(history->rounds), std::move(history->renewal)};
}

}  // namespace jawort
