#include <algorithm>
#include <iterator>

#include "db/sqlite/tables.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

#define CONSENT_COLUMNS                                                                     \
  "id, contact_id, purpose, status, grade, form, form_version, purpose_version, language, " \
  "submission, mail_id, expires_at, opt_in_at, opt_in_date, mailed_at, opened_at, "         \
  "confirmed_at, confirmed_date, revoked_at, revoked_date, revoked_by, first_mail_id"
#define RENEWAL_COLUMNS                                                                     \
  "grade, form, form_version, purpose_version, language, submission, mail_id, expires_at, " \
  "opt_in_at, opt_in_date, mailed_at, opened_at, first_mail_id"

Error unreadable(ConsentId id, std::string_view column) {
  return internal_error("consent " + id_text(id.value) + " has an unreadable " +
                        std::string(column));
}

// A column that may be empty, read by `parse`; false for a text that it does not know.
template <typename Value, typename Parse>
bool read_optional(Query& query, std::optional<Value>& value, const Parse& parse) {
  const auto text = query.optional_text();
  if (!text) return true;
  value = parse(*text);
  return value.has_value();
}

bool read_stamp(Query& query, std::optional<Stamp>& stamp) {
  std::optional<Instant> at;
  const bool readable = read_optional(query, at, parse_rfc3339);
  const auto date = query.optional_text();
  if (at && date) stamp = Stamp{*at, *date};
  return readable && at.has_value() == date.has_value();
}

// The part of the row that only text can spell. Answers the name of the first column it cannot
// read.
std::string_view read_stamps(Query& query, Round& round) {
  std::optional<Stamp> opt_in;
  if (!read_stamp(query, opt_in) || !opt_in) return "opt_in_at";
  round.opt_in = *opt_in;
  if (!read_optional(query, round.mailed_at, parse_rfc3339)) return "mailed_at";
  if (!read_optional(query, round.opened_at, parse_rfc3339)) return "opened_at";
  if (!read_stamp(query, round.confirmed)) return "confirmed_at";
  if (!read_stamp(query, round.revoked)) return "revoked_at";
  if (!read_optional(query, round.revoked_by, parse_revoked_by)) return "revoked_by";
  return "";
}

// Columns `form` to `expires_at`.
void read_form(Query& query, Round& round) {
  round.form = query.text();
  round.form_version = query.text();
  round.purpose_version = query.text();
  round.language = query.text();
  round.submission = query.integer();
  round.mail = MailId{query.optional_integer().value_or(0)};
  round.expires_at = query.instant();
}

Result<Consent> consent_of(Query& query) {
  Consent consent;
  Round& round = consent.round;
  consent.id = ConsentId{query.integer()};
  consent.contact = ContactId{query.integer()};
  consent.purpose = query.text();
  const auto status = parse_consent_status(query.text());
  if (!status) return unreadable(consent.id, "status");
  const auto grade = parse_grade(query.text());
  if (!grade) return unreadable(consent.id, "grade");
  round.status = *status;
  round.grade = *grade;
  read_form(query, round);
  const std::string_view column = read_stamps(query, round);
  if (!column.empty()) return unreadable(consent.id, column);
  round.first_mail = MailId{query.optional_integer().value_or(0)};
  return consent;
}

// The renewal beside a confirmed round.
Status read_renewal(Connection& connection, Consent& consent) {
  if (consent.round.status != ConsentStatus::kConfirmed) return {};
  Query query(connection, "SELECT " RENEWAL_COLUMNS " FROM renewal WHERE consent_id = ?");
  if (!query.bind(consent.id.value).step()) return {};
  Round round;
  const auto grade = parse_grade(query.text());
  if (!grade) return unreadable(consent.id, "grade of its renewal");
  round.grade = *grade;
  read_form(query, round);
  std::optional<Stamp> opt_in;
  if (!read_stamp(query, opt_in) || !opt_in) return unreadable(consent.id, "renewal");
  round.opt_in = *opt_in;
  if (!read_optional(query, round.mailed_at, parse_rfc3339) ||
      !read_optional(query, round.opened_at, parse_rfc3339)) {
    return unreadable(consent.id, "renewal");
  }
  round.first_mail = MailId{query.optional_integer().value_or(0)};
  consent.renewal = std::move(round);
  return {};
}

Result<std::vector<Consent>> all_consents(Connection& connection, Query& query) {
  std::vector<Consent> consents;
  while (query.step()) {
    auto consent = consent_of(query);
    if (!consent.ok()) return consent.error();
    JAWORT_TRY(read_renewal(connection, *consent));
    consents.push_back(std::move(*consent));
  }
  return consents;
}

std::optional<std::string> text_of(const std::optional<Instant>& at) {
  return at ? std::optional(rfc3339(*at)) : std::nullopt;
}
std::optional<std::string> text_of(const std::optional<Stamp>& stamp) {
  return stamp ? std::optional(rfc3339(stamp->at)) : std::nullopt;
}
std::optional<std::string> date_of(const std::optional<Stamp>& stamp) {
  return stamp ? std::optional(stamp->date) : std::nullopt;
}
std::optional<std::string> text_of(const std::optional<RevokedBy>& by) {
  return by ? std::optional(std::string(name_of(*by))) : std::nullopt;
}

std::optional<std::int64_t> number_of(MailId mail) {
  return mail ? std::optional(mail.value) : std::nullopt;
}

// Not INSERT OR REPLACE: that would also take away another consent of the same contact and purpose.
constexpr std::string_view kPut =
    "INSERT INTO consent (" CONSENT_COLUMNS
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET contact_id = excluded.contact_id, purpose = excluded.purpose,"
    " status = excluded.status, grade = excluded.grade, form = excluded.form,"
    " form_version = excluded.form_version, purpose_version = excluded.purpose_version,"
    " language = excluded.language, submission = excluded.submission, mail_id = excluded.mail_id,"
    " expires_at = excluded.expires_at, opt_in_at = excluded.opt_in_at,"
    " opt_in_date = excluded.opt_in_date, mailed_at = excluded.mailed_at,"
    " opened_at = excluded.opened_at, confirmed_at = excluded.confirmed_at,"
    " confirmed_date = excluded.confirmed_date, revoked_at = excluded.revoked_at,"
    " revoked_date = excluded.revoked_date, revoked_by = excluded.revoked_by,"
    " first_mail_id = excluded.first_mail_id";

void put_renewal(Connection& connection, const Consent& consent) {
  if (!consent.renewal) {
    Query(connection, "DELETE FROM renewal WHERE consent_id = ?").run(consent.id.value);
    return;
  }
  const Round& round = *consent.renewal;
  Query(connection, "INSERT OR REPLACE INTO renewal (consent_id, " RENEWAL_COLUMNS
                    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(consent.id.value, name_of(round.grade), round.form, round.form_version,
           round.purpose_version, round.language, round.submission, number_of(round.mail),
           round.expires_at, rfc3339(round.opt_in.at), round.opt_in.date, text_of(round.mailed_at),
           text_of(round.opened_at), number_of(round.first_mail));
}

}  // namespace

Result<std::optional<Consent>> SqliteConsentTable::find(ConsentId id) const {
  return connection_.guarded([&]() -> Result<std::optional<Consent>> {
    Query query(connection_, "SELECT " CONSENT_COLUMNS " FROM consent WHERE id = ?");
    if (!query.bind(id.value).step()) return std::optional<Consent>{};
    auto consent = consent_of(query);
    if (!consent.ok()) return consent.error();
    JAWORT_TRY(read_renewal(connection_, *consent));
    return std::optional(std::move(*consent));
  });
}

Result<std::vector<Consent>> SqliteConsentTable::of_contact(ContactId id) const {
  return connection_.guarded([&]() -> Result<std::vector<Consent>> {
    Query query(connection_,
                "SELECT " CONSENT_COLUMNS " FROM consent WHERE contact_id = ? ORDER BY id");
    return all_consents(connection_, query.bind(id.value));
  });
}

Result<std::vector<Consent>> SqliteConsentTable::page(ConsentId after, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<Consent>> {
    Query query(connection_,
                "SELECT " CONSENT_COLUMNS " FROM consent WHERE id > ? ORDER BY id LIMIT ?");
    return all_consents(connection_, query.bind(after.value, limit));
  });
}

Result<std::vector<Consent>> SqliteConsentTable::expired(Instant now, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<Consent>> {
    Query query(connection_, "SELECT " CONSENT_COLUMNS
                             " FROM consent WHERE status = 'pending' AND expires_at <= ?"
                             " ORDER BY expires_at, id LIMIT ?");
    auto consents = all_consents(connection_, query.bind(now, limit));
    if (!consents.ok()) return consents;
    const auto left = static_cast<std::int64_t>(limit) - std::ssize(*consents);
    if (left <= 0) return consents;
    Query renewals(connection_, "SELECT " CONSENT_COLUMNS
                                " FROM consent WHERE id IN (SELECT consent_id FROM renewal"
                                " WHERE expires_at <= ? ORDER BY expires_at, consent_id LIMIT ?)"
                                " ORDER BY id");
    auto renewing = all_consents(connection_, renewals.bind(now, left));
    if (!renewing.ok()) return renewing;
    std::ranges::move(*renewing, std::back_inserter(*consents));
    return consents;
  });
}

Status SqliteConsentTable::put(const Consent& consent) {
  return connection_.guarded([&]() -> Status {
    const Round& round = consent.round;
    Query(connection_, kPut)
        .run(consent.id.value, consent.contact.value, consent.purpose, name_of(round.status),
             name_of(round.grade), round.form, round.form_version, round.purpose_version,
             round.language, round.submission, number_of(round.mail), round.expires_at,
             rfc3339(round.opt_in.at), round.opt_in.date, text_of(round.mailed_at),
             text_of(round.opened_at), text_of(round.confirmed), date_of(round.confirmed),
             text_of(round.revoked), date_of(round.revoked), text_of(round.revoked_by),
             number_of(round.first_mail));
    // A pending round never has one beside it, and form posts need not look.
    if (round.status != ConsentStatus::kPending) put_renewal(connection_, consent);
    return {};
  });
}

Status SqliteConsentTable::remove(ConsentId id) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM consent WHERE id = ?").run(id.value);
    return {};
  });
}

}  // namespace jawort
