#include "db/sqlite/tables.h"

namespace jawort {
namespace {

// Deletes by `sql`, whose parameters are the moment and the limit; answers how many rows went.
int prune_rows(Connection& connection, std::string_view sql, Instant before, int limit) {
  Query query(connection, sql);
  query.bind(before, limit);
  int removed = 0;
  while (query.step()) ++removed;
  return removed;
}

}  // namespace

Result<std::vector<Instant>> SqliteAddressMarkTable::mailed_since(std::int64_t address_key,
                                                                  Instant since) const {
  return connection_.guarded([&]() -> Result<std::vector<Instant>> {
    Query query(connection_,
                "SELECT at, mails FROM mail_limit WHERE address_key = ? AND at >= ?"
                " ORDER BY at DESC");
    query.bind(address_key, since);
    std::vector<Instant> times;
    while (query.step()) {
      const Instant at = query.instant();
      times.insert(times.end(), static_cast<std::size_t>(query.integer()), at);
    }
    return times;
  });
}

Result<int> SqliteAddressMarkTable::mails_since(Instant since) const {
  return connection_.guarded([&]() -> Result<int> {
    Query query(connection_, "SELECT coalesce(sum(mails), 0) FROM mail_limit WHERE at >= ?");
    query.bind(since);
    return query.step() ? static_cast<int>(query.integer()) : 0;
  });
}

Status SqliteAddressMarkTable::mark_mailed(std::int64_t address_key, Instant at) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO mail_limit (address_key, at, mails) VALUES (?, ?, 1)"
          " ON CONFLICT (address_key, at) DO UPDATE SET mails = mail_limit.mails + 1")
        .run(address_key, at);
    return {};
  });
}

Result<std::optional<Instant>> SqliteAddressMarkTable::denied_until(std::int64_t address_key,
                                                                    std::string_view form) const {
  return connection_.guarded([&]() -> Result<std::optional<Instant>> {
    Query query(connection_, "SELECT until FROM form_denial WHERE address_key = ? AND form = ?");
    return query.bind(address_key, form).step() ? std::optional(query.instant()) : std::nullopt;
  });
}

Status SqliteAddressMarkTable::mark_denied(std::int64_t address_key, std::string_view form,
                                           Instant until) {
  return connection_.guarded([&]() -> Status {  // a later denial never shortens an earlier one
    Query(connection_,
          "INSERT INTO form_denial (address_key, form, until) VALUES (?, ?, ?)"
          " ON CONFLICT (address_key, form) DO UPDATE SET until = excluded.until"
          " WHERE excluded.until > form_denial.until")
        .run(address_key, form, until);
    return {};
  });
}

Result<int> SqliteAddressMarkTable::prune(Instant mails_before, Instant denials_before, int limit) {
  return connection_.guarded([&]() -> Result<int> {
    const int mails = prune_rows(connection_,
                                 "DELETE FROM mail_limit WHERE (address_key, at) IN"
                                 " (SELECT address_key, at FROM mail_limit WHERE at < ?"
                                 " ORDER BY at LIMIT ?) RETURNING 1",
                                 mails_before, limit);
    if (mails >= limit) return mails;
    return mails + prune_rows(connection_,
                              "DELETE FROM form_denial WHERE (address_key, form) IN"
                              " (SELECT address_key, form FROM form_denial WHERE until < ?"
                              " ORDER BY until LIMIT ?) RETURNING 1",
                              denials_before, limit - mails);
  });
}

}  // namespace jawort
