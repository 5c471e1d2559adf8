// `jawort restore FILE`: puts a backup in the place of the database while no server runs. All of it
// is done on a copy beside the database, which takes its place by one rename at the end.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite/connection.h"
#include "db/sqlite/lock_file.h"
#include "engine/app/backup.h"
#include "engine/app/engine.h"
#include "engine/app/local_verbs.h"
#include "engine/app/log_output.h"
#include "engine/app/opt_out_sources.h"
#include "engine/app/record_text.h"
#include "engine/base/file.h"
#include "engine/flow/apply_opt_outs.h"
#include "engine/flow/list_queue.h"
#include "engine/flow/pause_outbox.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMailsShown = 20;

struct Restored {
  BackupFacts facts;
  std::string kept;  // the replaced database; empty: there was none
  OptOutsApplied applied;
  std::string source;  // of the opt-outs; empty: none could be read
  std::int64_t waiting = 0;
  std::vector<OutboxRow> first_waiting;
};

class Restore {
 public:
  Restore(const Config& config, const Invocation& invocation, Log& log)
      : config_(config),
        backup_(fs::absolute(invocation.arguments.front()).lexically_normal().string()),
        journal_(invocation.opt_outs),
        database_(fs::absolute(config.database.path).lexically_normal().string()),
        fresh_(database_ + ".restoring"),
        log_(log) {}
  ~Restore() { remove_fresh(); }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;

  Result<Restored> run() {
    JAWORT_TRY(make_data_folder(config_));
    const auto lock = LockFile::take(database_);
    if (!lock.ok()) {
      return Error{lock.error().kind, lock.error().message + "; stop it before a restore"};
    }
    std::error_code none;
    if (fs::equivalent(backup_, database_, none)) {
      return refused(backup_ + " is the database itself; name a backup of it");
    }
    auto keys = load_keys(config_.keys_folder);
    if (!keys.ok()) return keys.error();
    JAWORT_TRY(check_sum(backup_));
    Restored done;
    JAWORT_TRY(copy_backup(done));
    const auto opt_outs = find_opt_outs(opt_out_keys(keys->address), done);
    if (!opt_outs.ok()) return opt_outs.error();
    JAWORT_TRY(prepare(*opt_outs, done));
    auto kept = replace_database(fresh_, database_, SystemClock().now());
    if (!kept.ok()) return kept.error();
    done.kept = std::move(*kept);
    // It belongs to the replaced one. Where a crash leaves it, the next start sets it aside.
    const std::string suffix = ".opt-outs";
    if (!done.kept.empty()) std::rename((database_ + suffix).c_str(), (done.kept + suffix).c_str());
    return done;
  }

 private:
  void remove_fresh() const {
    for (const char* const tail : {"", "-wal", "-shm", "-journal", ".lock", ".partial"}) {
      ::unlink((fresh_ + tail).c_str());
    }
  }

  // Whole and verified, or not at all; the database has not been touched yet.
  Status copy_backup(Restored& done) {
    remove_fresh();  // of a try that was killed
    BackupRequest request;
    request.from = backup_;
    request.to = fresh_;
    auto facts = sqlite_backup(request);
    if (!facts.ok()) return facts.error();
    done.facts = *facts;
    JAWORT_TRY(give_to_owner(fresh_));
    return give_to_owner(database_ + ".lock");
  }

  // The server runs as the owner of the folder; root may be who restores. (SQLite gives its own
  // files to the owner of the database.)
  static Status give_to_owner(const std::string& path) {
    struct stat folder {};
    if (::geteuid() != 0 || ::stat(fs::path(path).parent_path().c_str(), &folder) != 0) return {};
    if (::lchown(path.c_str(), folder.st_uid, folder.st_gid) == 0) return {};
    return storage_error("cannot give " + path + " to the owner of its folder");
  }

  // What people decided since the backup, from all that knows of it: the replaced database, the
  // journals beside it, and one that a person names, because it was kept elsewhere.
  Result<std::vector<OptOut>> find_opt_outs(const OptOutKeys& keys, Restored& done) {
    const auto table = read_opt_out_table(fresh_, keys);
    const std::vector<OptOut> known = table.ok() ? *table : std::vector<OptOut>{};
    std::vector<OptOut> found;
    const auto take = [&](std::vector<OptOut> from, const std::string& source) {
      // A database or journal without a line may be one that was begun after the loss.
      if (from.empty()) return;
      done.source += (done.source.empty() ? "" : ", ") + source;
      for (OptOut& one : unknown_opt_outs(std::move(from), known)) {
        if (std::ranges::find(found, one) == found.end()) found.push_back(std::move(one));
      }
    };
    if (!journal_.empty()) {
      auto named = read_opt_out_journal(journal_, keys);
      if (!named.ok()) return named.error();
      if (!same_branch(*named, known)) {
        return refused(journal_ + " is the journal of another database than this backup");
      }
      take(std::move(*named), journal_);
    }
    if (auto old = read_opt_out_table(database_, keys); old.ok()) {
      take(std::move(*old), "the replaced database");
    }
    for (const std::string& path : opt_out_journals(database_)) {
      if (auto journal = read_opt_out_journal(path, keys); journal.ok()) {
        take(std::move(*journal), fs::path(path).filename().string());
      }
    }
    std::ranges::stable_sort(found, {}, &OptOut::number);
    return found;
  }

  // Two histories that agree on the newest number that both know.
  static bool same_branch(const std::vector<OptOut>& a, const std::vector<OptOut>& b) {
    for (auto one = b.rbegin(); one != b.rend(); ++one) {
      const auto other = std::ranges::lower_bound(a, one->number, std::less<>{}, &OptOut::number);
      if (other != a.end() && other->number == one->number) return *other == *one;
    }
    return true;
  }

  // On the copy: the newest schema, the pause, the opt-outs. Closing it leaves one whole file.
  Status prepare(const std::vector<OptOut>& opt_outs, Restored& done) {
    Config config;
    config.file = config_.file;
    config.database.path = fresh_;
    config.database.reserve_bytes = 0;
    config.keys_folder = config_.keys_folder;
    config.templates_folder = config_.templates_folder;
    config.consent = config_.consent;
    config.mail.from = config_.mail.from;
    const auto engine = Engine::open(config, log_, {.migrate = true, .keep_opt_outs = false});
    if (!engine.ok()) return engine.error();
    const Context& context = (*engine)->context();
    JAWORT_TRY(pause_outbox(context, "restored from a backup"));
    const auto applied = apply_opt_outs(context, opt_outs);
    if (!applied.ok()) return applied.error();
    done.applied = *applied;
    done.facts.schema = context.store.schema_version();
    const std::vector<OutboxState> open = {OutboxState::kQueued, OutboxState::kAttempting,
                                           OutboxState::kHandingOver};
    return for_each_queued(context, {open}, 0, [&](const std::vector<OutboxRow>& rows) {
      for (const OutboxRow& row : rows) {
        if (++done.waiting <= kMailsShown) done.first_waiting.push_back(row);
      }
      return Status();
    });
  }

  const Config& config_;
  const std::string backup_, journal_, database_, fresh_;
  Log& log_;
};

std::string restored_json(const Restored& done, const std::string& file) {
  return "{\"file\":" + json_quote(file) + "," + facts_json(done.facts) +
         ",\"kept\":" + (done.kept.empty() ? "null" : json_quote(done.kept)) +
         ",\"opt_outs\":{\"from\":" + json_quote(done.source) +
         ",\"revoked\":" + std::to_string(done.applied.revoked) +
         ",\"denied\":" + std::to_string(done.applied.denied) +
         ",\"suppressed\":" + std::to_string(done.applied.suppressed) +
         ",\"erased\":" + std::to_string(done.applied.erased) +
         "},\"paused\":true,\"waiting\":" + std::to_string(done.waiting) + "}\n";
}

std::string restored_text(const Restored& done, const std::string& file) {
  std::string text = "Restored: " + file + " (" + facts_text(done.facts) + ")\n";
  if (!done.kept.empty()) text += "The replaced database is kept: " + done.kept + "\n";
  text += done.source.empty()
              ? "Opt-outs since the backup are not known: nothing that knows them could be read. "
                "If there is a journal (jawort.db.opt-outs), restore again with --opt-outs.\n"
              : "Opt-outs since the backup, from " + done.source + ": " +
                    std::to_string(done.applied.revoked) + " revocations, " +
                    std::to_string(done.applied.denied) + " denials, " +
                    std::to_string(done.applied.suppressed) + " suppressed addresses, " +
                    std::to_string(done.applied.erased) + " erased persons.\n";
  text += "The outbox is paused: no mail goes before `jawort queue release --all`. " +
          std::to_string(done.waiting) +
          " would go then; some perhaps went already, after the backup. `jawort queue drop` takes "
          "one out.\n";
  std::vector<std::vector<std::string>> rows;
  for (const OutboxRow& row : done.first_waiting) {
    rows.push_back(
        {"  " + id_text(row.mail.value), std::string(name_of(row.kind)), printable(row.recipient)});
  }
  text += aligned(rows);
  if (done.waiting > kMailsShown) text += "  … all of them: jawort queue list\n";
  return text;
}

}  // namespace

int run_restore(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const SystemClock clock;
  const auto log = make_log({LogLevel::kWarning, LogFormat::kText}, clock);
  Restore restore(*config, invocation, *log);
  const auto done = restore.run();
  if (!done.ok()) return report(console, done.error());
  const std::string& named = invocation.arguments.front();
  console.out(invocation.json ? restored_json(*done, named) : restored_text(*done, named));
  return kExitDone;
}

}  // namespace jawort
