#include "engine/app/engine.h"

#include <cerrno>
#include <cstdio>
#include <sys/stat.h>

#include "db/sqlite/sqlite_store.h"
#include "engine/app/address_key_mark.h"
#include "engine/app/opt_out_sources.h"
#include "engine/flow/apply_definitions.h"
#include "engine/flow/apply_opt_outs.h"
#include "engine/flow/ask_again.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/end_round.h"
#include "engine/flow/incoming_mail.h"
#include "engine/flow/mail_attempt.h"
#include "engine/flow/pause_outbox.h"
#include "engine/flow/recover_outbox.h"
#include "engine/flow/seal_ledger.h"
#include "engine/flow/suspicion.h"
#include "webhooks/outgoing/curl_poster.h"

namespace jawort {
namespace {

// How a log is called that has no name yet: by the host that people see, else by that of the
// sender.
std::string default_origin(const Config& config) {
  const auto url = parse_url(config.server.public_url);
  if (url && is_host_name(url->host) && !is_loopback(url->host)) return url->host + "/jawort";
  const std::string& from = config.mail.from.address;
  const std::size_t at = from.rfind('@');
  return at == std::string::npos ? "localhost/jawort" : from.substr(at + 1) + "/jawort";
}

}  // namespace

Status make_data_folder(const Config& config) {
  const std::string folder = config.data_folder();
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return configuration_error(config.file + ": [database] url: the folder " + folder +
                             " cannot be made");
}

Engine::Engine(const Config& config, Log& log, Keys keys, TimeZone zone)
    : log_(log),
      keys_folder_(config.keys_folder),
      keys_(std::move(keys)),
      tokens_(keys_),
      zone_(std::move(zone)) {
  settings_.public_url = config.server.public_url;
  settings_.from = config.mail.from;
  settings_.reply_to = config.mail.reply_to;
  settings_.bounce_domain = config.mail.bounce_domain;
  settings_.link_valid = config.consent.link_valid;
  settings_.ip = config.consent.ip;
  settings_.suspicious = config.consent.suspicious;
  settings_.confirmation_mails = config.limits.confirmation_mails;
  settings_.webhooks = config.webhooks;
  settings_.ledger = config.ledger;
  settings_.ledger.origin_is_set = !config.ledger.origin.empty();
  if (!settings_.ledger.origin_is_set) settings_.ledger.origin = default_origin(config);
}

OptOutKeys opt_out_keys(const Secret& address) {
  return {address_key(address, kOptOutMark),
          [&address](std::string_view normalised) { return address_key(address, normalised); }};
}

Engine::~Engine() { (void)stop_worker(milliseconds(0)); }

namespace {

// Errors of what a setting points at name the setting.
Error placed(const Config& config, std::string_view setting, Error error) {
  if (error.kind == ErrorKind::kConfiguration) {
    error.message = config.file + ": " + std::string(setting) + ": " + error.message;
  }
  return error;
}

}  // namespace

namespace {

// A counter that is not there yet looks like one that was lost: rates and alerts need the zero.
void begin_counters(const Context& context) {
  for (const std::string_view change : {"confirmed", "denied", "expired", "revoked", "erased"}) {
    count_consents(context, change, 0);
  }
  count_uncertain(context, 0);
  count_suspicious(context, 0);
  count_asked_again(context, 0);
  begin_incoming_counters(context);
}

}  // namespace

bool Engine::held_by_another(const Config& config, const Error& error) {
  if (error.kind != ErrorKind::kRefused) return false;
  // A schema that is not ours will still not be ours after a wait.
  const auto state = sqlite_migration_state(config.database.path);
  return state.ok() && (state->in_database == 0 || state->in_database == state->in_binary);
}

Result<std::unique_ptr<Engine>> Engine::open(const Config& config, Log& log,
                                             const EnginePurpose& purpose) {
  auto keys = load_keys(config.keys_folder);
  if (!keys.ok()) return placed(config, "[keys] dir", keys.error());
  auto zone = TimeZone::find(config.consent.time_zone);
  if (!zone.ok()) return zone.error();
  std::unique_ptr<Engine> engine(new Engine(config, log, std::move(*keys), std::move(*zone)));
  JAWORT_TRY(engine->build(config, purpose));
  return engine;
}

Status Engine::build(const Config& config, const EnginePurpose& purpose) {
  auto templates = Templates::load(config.templates_folder);
  if (!templates.ok()) return templates.error();
  templates_ = std::move(*templates);

  if (auto made = make_data_folder(config); !made.ok()) {
    return placed(config, "[database] url", made.error());
  }
  if (auto known = check_address_key(config.database.path, keys_.address); !known.ok()) {
    return placed(config, "[keys] dir", known.error());
  }
  const auto schema = sqlite_migration_state(config.database.path);
  if (!schema.ok()) return schema.error();
  SqliteOptions options;
  options.path = config.database.path;
  options.migrate = purpose.migrate || schema->in_database == 0;
  options.reserve_bytes = config.database.reserve_bytes;
  options.cache_bytes = config.database.cache_bytes;
  options.before_migration = purpose.before_migration;
  if (purpose.keep_opt_outs) options.opt_outs = opt_out_keys(keys_.address);
  auto store = open_sqlite_store(options, log_);
  if (!store.ok()) return store.error();
  store_ = std::move(*store);
  metrics_.gauge("jawort_disk_space_low", "1 while forms are refused because the disk is full",
                 [this] { return store_->space() == DiskSpace::kEnough ? 0.0 : 1.0; });

  metrics_.gauge("jawort_outbox_paused", "1: no mail goes before an operator lets it", [this] {
    const auto pause = outbox_pause(*context_);
    return pause.ok() && *pause ? 1.0 : 0.0;
  });

  const auto highest = store_->highest_id();
  if (!highest.ok()) return highest.error();
  ids_ = std::make_unique<IdSource>(clock_, *highest);
  const auto wake = [this] {
    if (Worker* const worker = waking_.load()) worker->wake();
  };
  // NOLINTNEXTLINE(modernize-make-unique): clang 14 cannot make an aggregate that way
  context_.reset(new Context{clock_, random_, *ids_, *store_, keys_, tokens_, *templates_, zone_,
                             settings_, definitions_, log_, metrics_, shield_, ledger_, wake});
  JAWORT_TRY(store_->write([this](Tables& tables) {
    const std::int64_t mark = address_key(keys_.address, kOptOutMark);
    const auto known = tables.erasures().progress(kAddressKeyMark);
    if (!known.ok()) return Status(known.error());
    return *known == mark ? Status{} : tables.erasures().set_progress(kAddressKeyMark, mark);
  }));
  if (purpose.make_ledger_key) JAWORT_TRY(make_ledger_key());
  metrics_.gauge("jawort_unsealed_seconds",
                 "How long the oldest event that no checkpoint covers has waited for one", [this] {
                   const auto since = unsealed_since(*context_);
                   if (!since.ok() || !*since) return 0.0;
                   const auto age = std::max(milliseconds(0), clock_.now() - **since);
                   return static_cast<double>(age.count()) / 1000;
                 });
  begin_counters(*context_);
  JAWORT_TRY(resume_brake(*context_));
  JAWORT_TRY(load_definitions(*context_));
  return purpose.keep_opt_outs ? apply_set_aside(config.database.path) : Status{};
}

// A journal that knew more than the database was set aside: somebody has put an older database in
// its place. Who left since then stays out, before anything is served or sent.
Status Engine::apply_set_aside(const std::string& database) {
  const OptOutKeys keys = opt_out_keys(keys_.address);
  const std::string prefix = database + ".opt-outs.";
  constexpr std::string_view kApplied = ".applied";
  for (const std::string& path : opt_out_journals(database)) {
    if (!path.starts_with(prefix) || path.ends_with(kApplied)) continue;
    auto journal = read_opt_out_journal(path, keys);
    if (!journal.ok()) {
      log_.error("opt_outs_not_read", {{"file", std::string_view(path)},
                                       {"advice",
                                        "of another address key, or damaged: see "
                                        "Restore in OPERATING.md"}});
      continue;
    }
    const auto table = read_opt_out_table(database, keys);
    if (!table.ok()) return table.error();
    const auto applied = apply_opt_outs(*context_, unknown_opt_outs(std::move(*journal), *table));
    if (!applied.ok()) return applied.error();
    log_.warning("opt_outs_applied", {{"file", std::string_view(path)},
                                      {"revoked", std::int64_t{applied->revoked}},
                                      {"denied", std::int64_t{applied->denied}},
                                      {"suppressed", std::int64_t{applied->suppressed}},
                                      {"erased", std::int64_t{applied->erased}}});
    if (std::rename(path.c_str(), (path + std::string(kApplied)).c_str()) != 0) {
      log_.error("opt_outs_not_renamed", {{"file", std::string_view(path)}});
    }
  }
  return {};
}

Result<std::uint8_t> Engine::rotate_keys() {
  const std::lock_guard lock(rotating_);
  auto added = add_token_key(keys_folder_, random_, clock_.now());
  if (!added.ok()) return added.error();
  const std::uint8_t id = added->id;
  // It becomes current by the box; then whoever looks it up must find it already.
  keys_.token.emplace(id, added->secret.duplicate());
  tokens_.add(id, added->secret);
  log_.info("token_key_rotated", {{"key", std::int64_t{id}}});
  return id;
}

Result<std::uint8_t> Engine::rotate_ledger_key() {
  const std::lock_guard lock(rotating_);
  const auto history = ledger_history(*context_);
  if (!history.ok()) return history.error();
  const unsigned known = history->empty() ? 0 : history->back().announcement.number;
  auto added =
      add_ledger_key(keys_folder_, static_cast<std::uint8_t>(known), random_, clock_.now());
  if (!added.ok()) return added.error();
  keys_.ledger.emplace(added->id, std::move(added->secret));
  // What fails from here on is made good by the next checkpoint: the file is there.
  JAWORT_TRY(ledger_signer(*context_));
  if (const auto sealed = seal_now(*context_);
      !sealed.ok() && sealed.error().kind != ErrorKind::kNotFound) {
    return sealed.error();
  }
  return added->id;
}

Result<std::optional<NewKey>> make_first_ledger_key(const Store& store, const std::string& folder,
                                                    Random& random, Instant now) {
  const auto files = list_ledger_keys(folder);
  if (!files.ok()) return files.error();
  bool known = false;
  JAWORT_TRY(store.read([&](const Tables& tables) -> Status {
    const auto keys = tables.ledger_keys().all();
    if (!keys.ok()) return keys.error();
    known = !keys->empty();
    return {};
  }));
  if (known || !files->empty()) return std::optional<NewKey>();
  auto key = add_ledger_key(folder, 0, random, now);
  if (!key.ok()) return key.error();
  return std::optional(std::move(*key));
}

// Without a key all is served, and nothing is sealed.
Status Engine::make_ledger_key() {
  auto made = make_first_ledger_key(*store_, keys_folder_, random_, clock_.now());
  if (!made.ok() && made.error().kind == ErrorKind::kStorage) return made.error();
  if (!made.ok()) {
    log_.error(
        "ledger_key_not_made",
        {{"reason", std::string_view(made.error().message)},
         {"advice", "no checkpoint is signed before there is one; see Keys in OPERATING.md"}});
  } else if (*made) {
    keys_.ledger.emplace((*made)->id, std::move((*made)->secret));
    log_.warning("ledger_key_made",
                 {{"folder", std::string_view(keys_folder_)},
                  {"advice", "it signs the log from now on; back up the key folder"}});
  }
  return {};
}

Status Engine::start_worker(TransportFactory transports, const DispatchSettings& settings,
                            MailboxWatch mailbox) {
  const auto pause = outbox_pause(*context_);
  if (!pause.ok()) return pause.error();
  if (*pause) {
    log_.warning("outbox_paused", {{"reason", std::string_view((*pause)->reason)},
                                   {"advice", "no mail goes before jawort queue release --all"}});
  }
  const auto uncertain = recover_outbox(*context_);
  if (!uncertain.ok()) return uncertain.error();
  worker_ = make_worker(
      *context_, std::move(transports), settings,
      [this] {
        return make_curl_poster(clock_, settings_.webhooks.guard, settings_.webhooks.ca_file);
      },
      std::move(mailbox));
  waking_ = worker_.get();
  worker_->start();
  return {};
}

bool Engine::stop_worker(milliseconds within) {
  if (worker_ == nullptr) return true;
  const bool all_answered = worker_->stop(within);
  // What the last requests and senders have written.
  if (store_->healthy()) seal_at_end(*context_);
  // Requests must have ended before: a wake after this line finds nobody.
  waking_ = nullptr;
  // A sender that still waits for the relay uses the worker until the process ends under it.
  if (all_answered) {
    worker_.reset();
  } else {
    (void)worker_.release();
  }
  return all_answered;
}

}  // namespace jawort
