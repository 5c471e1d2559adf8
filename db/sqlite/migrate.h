// Brings a database file to the schema of this binary, one transaction per migration: a crash
// leaves the state before or after one, never between.
#pragma once

#include <span>
#include <string>

#include "db/sqlite/connection.h"
#include "engine/base/embedded.h"

namespace jawort {

// Number of the newest migration that the database has seen; 0 for an empty file. kRefused: it is
// a database, but none of ours.
Result<int> schema_version_of(Connection& connection);

// `migrations`: "0001_name.sql" and so on, from 1 without gaps (else kInternal). kRefused: the
// database was written by a newer binary, or a migration that it has seen reads differently now.
Status check_migrations(Connection& connection, std::span<const EmbeddedFile> migrations);

// Applies what is missing. REQUIRES: check_migrations answered ok, outside a transaction.
Status apply_migrations(Connection& connection, std::span<const EmbeddedFile> migrations);

}  // namespace jawort
