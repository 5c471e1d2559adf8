// `jawort migrate`: brings an existing database to this program's schema, after a backup.
#include <filesystem>
#include <sys/statvfs.h>

#include "db/sqlite/sqlite_store.h"
#include "engine/app/backup.h"
#include "engine/app/config.h"
#include "engine/app/control_socket.h"
#include "engine/app/data_owner.h"
#include "engine/app/engine.h"
#include "engine/app/local_verbs.h"
#include "engine/app/log_output.h"

namespace jawort {
namespace {

struct Migrated {
  MigrationState before;
  std::string backup;  // empty: none was made
};

int print(const Migrated& migrated, int applied, const Invocation& invocation, Console& console) {
  const MigrationState& before = migrated.before;
  const std::string from = std::to_string(before.in_database);
  const std::string to = std::to_string(before.in_binary);
  if (invocation.json) {
    console.out("{\"in_database\":" + from + ",\"in_binary\":" + to +
                ",\"applied\":" + std::to_string(applied) +
                (migrated.backup.empty() ? "" : ",\"backup\":" + json_quote(migrated.backup)) +
                "}\n");
  } else if (before.in_database == before.in_binary) {
    console.out("schema " + to + ": nothing to do\n");
  } else if (applied == 0) {
    console.out("schema " + from + ", would become " + to + "\n");
  } else {
    if (!migrated.backup.empty()) console.out("Backup: " + migrated.backup + "\n");
    console.out("schema " + from + " is now " + to + "\n");
  }
  return kExitDone;
}

// A migration may write every page once more, into the log and from there into the file; a backup
// is a third copy.
Status check_room(const Config& config, bool backup) {
  struct statvfs disk {};
  std::error_code error;
  const auto size =
      static_cast<std::int64_t>(std::filesystem::file_size(config.database.path, error));
  if (error || ::statvfs(config.data_folder().c_str(), &disk) != 0) return {};  // said when opened
  const std::int64_t needed = size * (backup ? 3 : 2);
  const auto free =
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  if (free >= needed) return {};
  return refused("not enough room in " + config.data_folder() + ": a migration may need " +
                 std::to_string((needed >> 20) + 1) + " MiB, " + std::to_string(free >> 20) +
                 " MiB are free; nothing was changed");
}

Result<Migrated> migrate(const Config& config, const Invocation& invocation, Console& console) {
  const auto state = sqlite_migration_state(config.database.path);
  if (!state.ok()) return state.error();
  if (state->in_database > state->in_binary) {
    return refused("the database has schema " + std::to_string(state->in_database) +
                   ", newer than this program's " + std::to_string(state->in_binary));
  }
  Migrated migrated{*state, ""};
  if (invocation.dry_run || state->in_database == state->in_binary) return migrated;
  if (server_listens(config.control_socket())) {
    return refused("a server is running on this database; stop it first");
  }
  JAWORT_TRY(make_data_folder(config));
  const SystemClock clock;
  const auto log = make_log({LogLevel::kWarning, LogFormat::kText}, clock);
  SqliteOptions options;
  options.path = config.database.path;
  options.before_migration = [&](int schema) -> Status {
    JAWORT_TRY(check_room(config, !invocation.no_backup));
    if (invocation.no_backup) return {};
    const std::string name = config.database.path + ".schema-" + std::to_string(schema) + "-" +
                             time_for_name(clock.now());
    const auto made = make_backup(config, name, console);
    if (!made.ok()) {
      return Error{made.error().kind, "was not migrated, no backup: " + made.error().message};
    }
    migrated.backup = name;
    return {};
  };
  const auto store = open_sqlite_store(options, *log);
  if (!store.ok()) return store.error();
  SystemRandom random;
  const auto key = make_first_ledger_key(**store, config.keys_folder, random, clock.now());
  if (!key.ok()) {
    console.err("The log is not signed yet: " + key.error().message + "\n");
  } else if (*key) {
    console.err("Made the key that signs the log: " + config.keys_folder +
                "/ledger-1.key. Back up the key folder.\n");
  }
  return migrated;
}

}  // namespace

int run_migrate(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  const auto done = migrate(*config, invocation, console);
  if (!done.ok()) return report(console, done.error());
  const int applied = invocation.dry_run ? 0 : done->before.in_binary - done->before.in_database;
  return print(*done, applied, invocation, console);
}

}  // namespace jawort
