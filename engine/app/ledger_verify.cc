// `jawort ledger verify`: this process reads the database beside a running server. A server that
// was changed could not be asked about itself.
#include <thread>
#include <unistd.h>

#include "db/sqlite/sqlite_reader.h"
#include "engine/app/config.h"
#include "engine/app/data_owner.h"
#include "engine/app/kept_heads.h"
#include "engine/app/local_verbs.h"
#include "engine/app/log_output.h"
#include "engine/app/record_text.h"
#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/evidence/note_list.h"
#include "engine/flow/heads_outside.h"
#include "engine/flow/verify_ledger.h"

namespace jawort {
namespace {

constexpr milliseconds kSilence{3000};
constexpr milliseconds kOnTerminal{200};
constexpr std::size_t kCheckpointsLimit = 64U << 20U;

// How far it is and how long it will take, on standard error: in one line that is written over on a
// terminal, else now and then.
class Progress {
 public:
  explicit Progress(Console& console)
      : console_(console), terminal_(::isatty(STDERR_FILENO) != 0), said_(clock_.monotonic()) {}
  ~Progress() {
    if (terminal_ && any_) console_.err("\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const LedgerProgress& progress) {
    const milliseconds now = clock_.monotonic();
    if (progress.all == 0 || now - said_ < (terminal_ ? kOnTerminal : kSilence)) return;
    said_ = now;
    any_ = true;
    const std::int64_t per_cent = progress.done * 100 / progress.all;
    std::string text = "looked at " + std::to_string(per_cent) + " %";
    if (progress.done > 0) {
      const auto left = (now - began_) * (progress.all - progress.done) / progress.done;
      text += ", about " + std::to_string(left.count() / 1000 + 1) + " s left";
    }
    console_.err(terminal_ ? "\r" + text + "\033[K" : text + "\n");
  }

 private:
  Console& console_;
  const SystemClock clock_;
  const bool terminal_;
  const milliseconds began_ = clock_.monotonic();
  milliseconds said_;
  bool any_ = false;
};

std::string json_of(const LedgerReport& ledger) {
  std::string checks;
  for (const LedgerCheck& check : ledger.checks) {
    checks += (checks.empty() ? "" : ",") + std::string("{\"item\":") + json_quote(check.item) +
              ",\"ok\":" + (check.ok ? "true" : "false") +
              ",\"detail\":" + json_quote(check.detail) + "}";
  }
  return std::string("{\"ok\":") + (ledger.ok ? "true" : "false") + ",\"checks\":[" + checks +
         "]}\n";
}

std::string text_of(const LedgerReport& ledger) {
  std::string text;
  for (const LedgerCheck& check : ledger.checks) {
    const std::string verdict = check.ok ? "ok     " : check.not_shown ? "?      " : "WRONG  ";
    text += verdict + check.item + ": " + printable(check.detail) + "\n";
  }
  if (ledger.changed) {
    return text +
           "The log or the records were changed. See \"The log\" in OPERATING.md before "
           "anything is written.\n";
  }
  return text + (ledger.ok ? "The log is whole, and the records are what it says.\n"
                           : "The log is whole, and the records are what it says; with what was "
                             "given by --checkpoint it was not compared.\n");
}

// Nothing where no file is set, or none is there yet.
std::optional<std::vector<std::string>> heads_in_file(const Config& config, Console& console) {
  const std::string& path = config.ledger.checkpoint_file;
  if (path.empty()) return {};
  const auto text = read_file(path, kCheckpointsLimit);
  if (text.ok()) {
    auto notes = notes_of_checkpoint_file(*text);
    if (notes.empty()) return {};
    return notes;
  }
  if (text.error().kind != ErrorKind::kNotFound) {
    console.err("checkpoint_file is not compared: " + text.error().message + "\n");
  }
  return {};
}

Result<LedgerReport> verify(const Config& config, const Invocation& invocation, Console& console,
                            std::optional<std::vector<std::string>> earlier) {
  const SystemClock clock;
  const auto log = make_log({LogLevel::kWarning, LogFormat::kText}, clock);
  const auto store = open_sqlite_reader(config.database.path, *log);
  if (!store.ok()) return store.error();
  LedgerRequest request{**store};
  request.earlier = std::move(earlier);
  request.outside = heads_in_file(config, console);
  const auto keys = load_keys(config.keys_folder);
  std::optional<TokenBox> tokens;
  std::optional<LinkKeys> links;
  if (keys.ok()) {
    tokens.emplace(*keys);
    links.emplace(LinkKeys{keys->token, *tokens});
    request.links = &*links;
    request.own_keys = &keys->ledger;
  } else if (!invocation.json) {
    console.err("without the keys, links of mails and the key that signs are not looked at: " +
                keys.error().message + "\n");
  }
  request.threads = std::max(1U, std::thread::hardware_concurrency());
  Progress progress(console);
  request.progress = [&](const LedgerProgress& now) { progress.show(now); };
  return verify_ledger(request);
}

}  // namespace

int run_ledger_verify(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  std::optional<std::vector<std::string>> earlier;
  if (!invocation.file.empty()) {
    auto heads = read_kept_heads(invocation.file);
    if (!heads.ok()) return report(console, refused(heads.error().message));
    earlier = std::move(*heads);
  }
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  const auto ledger = verify(*config, invocation, console, std::move(earlier));
  if (!ledger.ok()) return report(console, ledger.error());
  console.out(invocation.json ? json_of(*ledger) : text_of(*ledger));
  return ledger->ok ? kExitDone : kExitNo;
}

}  // namespace jawort
