#include "db/sqlite/tables.h"

namespace jawort {
namespace {

#define ENROLMENT_COLUMNS "begun_by, campaign, follows, campaign_version, anchor, step, due_at"

EnrolmentRow row_of(Query& query) {
  EnrolmentRow row;
  row.begun_by = query.integer();
  row.campaign = query.text();
  row.follows = query.text();
  row.campaign_version = query.hash();
  row.anchor = query.instant();
  row.step = static_cast<int>(query.integer());
  row.due_at = query.instant();
  return row;
}

// The campaigns that somebody is in, by leaps through the index: as many look-ups as there are
// campaigns.
std::vector<std::string> campaigns_under_way(Connection& connection) {
  std::vector<std::string> campaigns;
  std::string after;
  for (;;) {
    Query next(connection,
               "SELECT campaign FROM enrolment WHERE campaign > ? ORDER BY campaign LIMIT 1");
    if (!next.bind(std::string_view(after)).step()) return campaigns;
    after = next.text();
    Query paused(connection, "SELECT 1 FROM campaign_pause WHERE campaign = ?");
    if (!paused.bind(std::string_view(after)).step()) campaigns.push_back(after);
  }
}

}  // namespace

Status SqliteEnrolmentTable::add(const EnrolmentRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO enrolment (" ENROLMENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)")
        .run(row.begun_by, row.campaign, row.follows, row.campaign_version, row.anchor, row.step,
             row.due_at);
    return {};
  });
}

Result<std::optional<EnrolmentRow>> SqliteEnrolmentTable::find(const EnrolmentRow& key) const {
  return connection_.guarded([&]() -> Result<std::optional<EnrolmentRow>> {
    Query query(connection_, "SELECT " ENROLMENT_COLUMNS
                             " FROM enrolment WHERE begun_by = ? AND campaign = ? AND follows = ?");
    query.bind(key.begun_by, key.campaign, key.follows);
    return query.step() ? std::optional(row_of(query)) : std::nullopt;
  });
}

Result<std::vector<EnrolmentRow>> SqliteEnrolmentTable::due(Instant now, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<EnrolmentRow>> {
    std::vector<EnrolmentRow> rows;
    for (const std::string& campaign : campaigns_under_way(connection_)) {
      Query query(connection_, "SELECT " ENROLMENT_COLUMNS
                               " FROM enrolment WHERE campaign = ? AND due_at <= ?"
                               " ORDER BY due_at, begun_by LIMIT ?");
      query.bind(campaign, now, limit - static_cast<int>(rows.size()));
      while (query.step()) rows.push_back(row_of(query));
    }
    return rows;
  });
}

Result<std::optional<Instant>> SqliteEnrolmentTable::next_due() const {
  return connection_.guarded([&]() -> Result<std::optional<Instant>> {
    std::optional<Instant> next;
    for (const std::string& campaign : campaigns_under_way(connection_)) {
      Query query(connection_,
                  "SELECT due_at FROM enrolment WHERE campaign = ? ORDER BY due_at LIMIT 1");
      if (!query.bind(campaign).step()) continue;
      const Instant at = query.instant();
      if (!next || at < *next) next = at;
    }
    return next;
  });
}

Status SqliteEnrolmentTable::move(const EnrolmentRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "UPDATE enrolment SET step = ?, due_at = ?"
          " WHERE begun_by = ? AND campaign = ? AND follows = ?")
        .run(row.step, row.due_at, row.begun_by, row.campaign, row.follows);
    return {};
  });
}

Status SqliteEnrolmentTable::remove(const EnrolmentRow& key) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM enrolment WHERE begun_by = ? AND campaign = ? AND follows = ?")
        .run(key.begun_by, key.campaign, key.follows);
    return {};
  });
}

Status SqliteEnrolmentTable::remove_begun_by(std::int64_t sequence) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM enrolment WHERE begun_by = ?").run(sequence);
    return {};
  });
}

Result<std::vector<EnrolmentCount>> SqliteEnrolmentTable::counts(std::string_view campaign) const {
  return connection_.guarded([&]() -> Result<std::vector<EnrolmentCount>> {
    Query query(connection_,
                "SELECT campaign_version, step, count(*) FROM enrolment WHERE campaign = ?"
                " GROUP BY campaign_version, step ORDER BY campaign_version, step");
    query.bind(campaign);
    std::vector<EnrolmentCount> counts;
    while (query.step()) {
      EnrolmentCount count;
      count.campaign_version = query.hash();
      count.step = static_cast<int>(query.integer());
      count.people = query.integer();
      counts.push_back(count);
    }
    return counts;
  });
}

Result<std::vector<CampaignPause>> SqliteEnrolmentTable::pauses() const {
  return connection_.guarded([&]() -> Result<std::vector<CampaignPause>> {
    Query query(connection_, "SELECT campaign, since FROM campaign_pause ORDER BY campaign");
    std::vector<CampaignPause> pauses;
    while (query.step()) {
      CampaignPause pause;
      pause.campaign = query.text();
      pause.since = query.instant();
      pauses.push_back(std::move(pause));
    }
    return pauses;
  });
}

Status SqliteEnrolmentTable::set_pause(std::string_view campaign, std::optional<Instant> since) {
  return connection_.guarded([&]() -> Status {
    if (!since) {
      Query(connection_, "DELETE FROM campaign_pause WHERE campaign = ?").run(campaign);
      return {};
    }
    Query(connection_,
          "INSERT INTO campaign_pause (campaign, since) VALUES (?, ?)"
          " ON CONFLICT (campaign) DO NOTHING")
        .run(campaign, *since);
    return {};
  });
}

Result<std::vector<Instant>> SqliteConsentUseTable::of(ConsentId consent) const {
  return connection_.guarded([&]() -> Result<std::vector<Instant>> {
    Query query(connection_, "SELECT at FROM consent_use WHERE consent_id = ? ORDER BY at DESC");
    query.bind(consent.value);
    std::vector<Instant> times;
    while (query.step()) times.push_back(query.instant());
    return times;
  });
}

Status SqliteConsentUseTable::add(ConsentId consent, Instant at, Instant forget_before) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "DELETE FROM consent_use WHERE consent_id = ? AND at < ?"
          " AND at < (SELECT max(at) FROM consent_use WHERE consent_id = ?)")
        .run(consent.value, forget_before, consent.value);
    Query(connection_,
          "INSERT INTO consent_use (consent_id, at) VALUES (?, ?)"
          " ON CONFLICT (consent_id, at) DO NOTHING")
        .run(consent.value, at);
    return {};
  });
}

Status SqliteConsentUseTable::remove(ConsentId consent, Instant at) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM consent_use WHERE consent_id = ? AND at = ?")
        .run(consent.value, at);
    return {};
  });
}

Status SqliteFunnelTable::add(const FunnelRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO funnel (campaign, form, step, what, people) VALUES (?, ?, ?, ?, ?)"
          " ON CONFLICT (campaign, form, step, what)"
          " DO UPDATE SET people = funnel.people + excluded.people")
        .run(row.campaign, row.form, row.step, row.what, row.people);
    return {};
  });
}

Result<std::vector<FunnelRow>> SqliteFunnelTable::all() const {
  return connection_.guarded([&]() -> Result<std::vector<FunnelRow>> {
    Query query(connection_,
                "SELECT campaign, form, step, what, people FROM funnel"
                " ORDER BY campaign, form, step, what");
    std::vector<FunnelRow> rows;
    while (query.step()) {
      FunnelRow row;
      row.campaign = query.text();
      row.form = query.text();
      row.step = static_cast<int>(query.integer());
      row.what = query.text();
      row.people = query.integer();
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

}  // namespace jawort
