// What the verbs about copies of the database share.
#pragma once

#include <string>

#include "db/sqlite/backup.h"
#include "engine/app/config.h"
#include "engine/app/invocation.h"

namespace jawort {

// Copies into `to` and says now and then on standard error how far it is, if it takes long.
Result<BackupFacts> make_backup(const Config& config, const std::string& to, Console& console);

// FILE.sha256 in the format of sha256sum, for what SQLite's own check cannot find.
Status write_sum(const std::string& file);
// kRefused: there is one, and `file` has another sum.
Status check_sum(const std::string& file);

// "3.2 MiB, schema 5, 120 events, 40 contacts"
std::string facts_text(const BackupFacts& facts);
// "bytes":…,"schema":…,"events":…,"contacts":…
std::string facts_json(const BackupFacts& facts);

// "20261125T093120114Z", for the names of files.
std::string time_for_name(Instant at);

}  // namespace jawort
