#include <algorithm>

#include "db/sqlite/tables.h"
#include "engine/privacy/opt_out.h"

namespace jawort {
namespace {

#define KEPT_COLUMNS "consent_id, contact_id, purpose, address_key, erased_at, erasure, until"

constexpr std::string_view kErasedId = "erased_id";

std::vector<KeptProofRow> all_rows(Query& query) {
  std::vector<KeptProofRow> rows;
  while (query.step()) {
    KeptProofRow row;
    row.consent = ConsentId{query.integer()};
    row.contact = ContactId{query.integer()};
    row.purpose = query.text();
    row.address_key = query.integer();
    row.erased_at = query.instant();
    row.erasure = query.integer();
    row.until = query.instant();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Result<std::vector<KeptProofRow>> SqliteErasureTable::kept(std::int64_t address_key) const {
  return connection_.guarded([&]() -> Result<std::vector<KeptProofRow>> {
    Query query(connection_, "SELECT " KEPT_COLUMNS
                             " FROM kept_proof WHERE address_key = ? ORDER BY consent_id");
    return all_rows(query.bind(address_key));
  });
}

Result<std::vector<KeptProofRow>> SqliteErasureTable::ended(Instant now, int limit) const {
  return connection_.guarded([&]() -> Result<std::vector<KeptProofRow>> {
    Query query(connection_,
                "SELECT " KEPT_COLUMNS
                " FROM kept_proof WHERE until <= ? ORDER BY until, consent_id LIMIT ?");
    return all_rows(query.bind(now, limit));
  });
}

Status SqliteErasureTable::keep(const KeptProofRow& row) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "INSERT INTO kept_proof (" KEPT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)")
        .run(row.consent.value, row.contact.value, row.purpose, row.address_key, row.erased_at,
             row.erasure, row.until);
    return {};
  });
}

Status SqliteErasureTable::forget(ConsentId consent) {
  return connection_.guarded([&]() -> Status {
    Query(connection_, "DELETE FROM kept_proof WHERE consent_id = ?").run(consent.value);
    return {};
  });
}

Status SqliteErasureTable::note(const ErasureNote& note) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO opt_out (at, kind, address_key, subject, detail)"
          " VALUES (?, ?, ?, ?, ?)")
        .run(note.at, name_of(OptOutKind::kErased), note.address_key, note.ground,
             note.with_proof ? kWithProof : std::string_view());
    if (!note.contact) return {};
    Query(connection_, "UPDATE opt_out SET contact_id = 0 WHERE contact_id = ?")
        .run(note.contact.value);
    std::int64_t highest = note.contact.value;
    for (const ConsentId consent : note.consents) highest = std::max(highest, consent.value);
    const auto before = progress(kErasedId);
    if (!before.ok()) return before.error();
    return highest > *before ? set_progress(kErasedId, highest) : Status{};
  });
}

Result<std::int64_t> SqliteErasureTable::progress(std::string_view name) const {
  return connection_.guarded([&]() -> Result<std::int64_t> {
    Query query(connection_, "SELECT value FROM progress WHERE name = ?");
    return query.bind(name).step() ? query.integer() : std::int64_t{0};
  });
}

Status SqliteErasureTable::set_progress(std::string_view name, std::int64_t sequence) {
  return connection_.guarded([&]() -> Status {
    Query(connection_,
          "INSERT INTO progress (name, value) VALUES (?, ?)"
          " ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .run(name, sequence);
    return {};
  });
}

}  // namespace jawort
