// `jawort migrate`: brings an existing database to this program's schema, in plain sight of an
// operator who has made a backup.
#include "db/sqlite/sqlite_store.h"
#include "engine/app/config.h"
#include "engine/app/control_socket.h"
#include "engine/app/data_owner.h"
#include "engine/app/engine.h"
#include "engine/app/local_verbs.h"
#include "engine/app/log_output.h"

namespace jawort {
namespace {

int print(const MigrationState& before, int applied, const Invocation& invocation,
          Console& console) {
  const std::string from = std::to_string(before.in_database);
  const std::string to = std::to_string(before.in_binary);
  if (invocation.json) {
    console.out("{\"in_database\":" + from + ",\"in_binary\":" + to +
                ",\"applied\":" + std::to_string(applied) + "}\n");
  } else if (before.in_database == before.in_binary) {
    console.out("schema " + to + ": nothing to do\n");
  } else if (applied == 0) {
    console.out("schema " + from + ", would become " + to + "\n");
  } else {
    console.out("schema " + from + " is now " + to + "\n");
  }
  return kExitDone;
}

Result<MigrationState> migrate(const Config& config, bool dry_run) {
  const auto state = sqlite_migration_state(config.database.path);
  if (!state.ok()) return state.error();
  if (state->in_database > state->in_binary) {
    return refused("the database has schema " + std::to_string(state->in_database) +
                   ", newer than this program's " + std::to_string(state->in_binary));
  }
  if (dry_run || state->in_database == state->in_binary) return *state;
  if (server_listens(config.control_socket())) {
    return refused("a server is running on this database; stop it first");
  }
  JAWORT_TRY(make_data_folder(config));
  const SystemClock clock;
  const auto log = make_log({LogLevel::kWarning, LogFormat::kText}, clock);
  JAWORT_TRY(open_sqlite_store(SqliteOptions{config.database.path, true}, *log));
  return *state;
}

}  // namespace

int run_migrate(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  const auto before = migrate(*config, invocation.dry_run);
  if (!before.ok()) return report(console, before.error());
  const int applied = invocation.dry_run ? 0 : before->in_binary - before->in_database;
  return print(*before, applied, invocation, console);
}

}  // namespace jawort
