// Whether the journal of opt-outs has all that the database has: it is what a restore needs.
#include <thread>

#include "engine/app/checks.h"
#include "engine/app/engine.h"
#include "engine/app/opt_out_sources.h"
#include "engine/base/file.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
// A running server writes to the journal right after the transaction.
constexpr std::chrono::seconds kUnderWay{1};

std::string counted_opt_outs(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " opt-out" : " opt-outs");
}

// Those that a start set aside and could not apply: under another key, or damaged.
void add_unread(const std::string& database, const OptOutKeys& keys, CheckResults& results) {
  for (const std::string& path : opt_out_journals(database)) {
    if (!path.starts_with(database + ".opt-outs.") || path.ends_with(".applied")) continue;
    const auto journal = read_opt_out_journal(path, keys);
    if (journal.ok()) continue;
    results.push_back({"opt_outs", kWarning, "was not applied: " + journal.error().message,
                       "a start tries it again; see Restore in OPERATING.md"});
  }
}

}  // namespace

void check_opt_outs(const Config& config, CheckResults& results) {
  const auto keys = load_keys(config.keys_folder);
  if (!keys.ok()) return;  // said under "keys"
  const OptOutKeys marks = opt_out_keys(keys->address);
  const auto table = read_opt_out_table(config.database.path, marks);
  if (!table.ok() || table->empty()) return;
  const std::string path = config.database.path + ".opt-outs";
  const auto look = [&] { return read_opt_out_journal(path, marks); };
  auto journal = look();
  if (!journal.ok() || !unknown_opt_outs(*table, *journal).empty()) {
    std::this_thread::sleep_for(kUnderWay);
    journal = look();
  }
  if (!journal.ok()) {
    results.push_back({"opt_outs", kWarning,
                       "the journal cannot be read: " + journal.error().message,
                       "see who owns it and may read it; a start without it makes it again"});
    return;
  }
  add_unread(config.database.path, marks, results);
  const auto missing = unknown_opt_outs(*table, *journal);
  if (missing.empty()) {
    results.push_back(
        {"opt_outs", kOk, counted_opt_outs(table->size()) + ", all in the journal", ""});
    return;
  }
  results.push_back({"opt_outs", kWarning,
                     counted_opt_outs(missing.size()) + " of " + std::to_string(table->size()) +
                         " not in " + path + ", the oldest of " + rfc3339(missing.front().at),
                     "a restore would not know of them: see disk and file system, and "
                     "opt_outs_not_written in the log; a start writes them"});
}

}  // namespace jawort
