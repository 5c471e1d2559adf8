// Everything that flow functions need, built from a configuration and owned in the right order.
// The only place that names the concrete classes behind the interfaces.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "db/sqlite/opt_out_journal.h"
#include "db/store.h"
#include "engine/app/config.h"
#include "engine/flow/context.h"
#include "engine/flow/worker.h"
#include "engine/mail/transport.h"

namespace jawort {

// Why an engine is opened.
struct EnginePurpose {
  bool migrate = false;  // an older schema; without it that is refused
  // As SqliteOptions::before_migration.
  std::function<Status(int schema)> before_migration{};
  bool keep_opt_outs = true;     // in the journal beside the database
  bool make_ledger_key = false;  // where the installation is older than the signed log
};

class Engine {
 public:
  // Takes the database's lock. A new database gets its schema at once; an older schema is refused
  // (`jawort migrate`) unless `purpose` says so. kRefused: another process holds the database.
  // `config` and `log` outlive the engine.
  static Result<std::unique_ptr<Engine>> open(const Config& config, Log& log,
                                              const EnginePurpose& purpose);
  // True for an error of open() that may end by itself: the lock is held.
  static bool held_by_another(const Config& config, const Error& error);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const Context& context() const { return *context_; }
  const FlowSettings& settings() const { return settings_; }
  // REQUIRES: no thread uses the context yet.
  void set_public_url(const std::string& url) { settings_.public_url = url; }

  // Makes a new token key current, on disk and then in this process. Thread-safe. See
  // add_token_key.
  Result<std::uint8_t> rotate_keys();
  // The same for the key that signs the log, and announces it there. Answers its number.
  Result<std::uint8_t> rotate_ledger_key();

  // After a crash: what was interrupted goes on. Then the threads that send.
  Status start_worker(TransportFactory transports, const DispatchSettings& settings,
                      MailboxWatch mailbox);
  // See Worker::stop. True when there is none.
  bool stop_worker(milliseconds within);

 private:
  Engine(const Config& config, Log& log, Keys keys, TimeZone zone);
  Status build(const Config& config, const EnginePurpose& purpose);
  Status apply_set_aside(const std::string& database);
  Status make_ledger_key();

  SystemClock clock_;
  SystemRandom random_;
  Log& log_;
  Metrics metrics_;
  Shield shield_;
  LedgerState ledger_;
  const std::string keys_folder_;
  std::mutex rotating_;  // one rotation at a time; what it guards is the folder
  Keys keys_;
  TokenBox tokens_;
  TimeZone zone_;
  FlowSettings settings_;
  DefinitionsInForce definitions_;
  std::unique_ptr<Templates> templates_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<IdSource> ids_;
  std::unique_ptr<Context> context_;
  std::atomic<Worker*> waking_{nullptr};  // whom mail_queued wakes; points to worker_ or nowhere
  std::unique_ptr<Worker> worker_;
};

// The first ledger key of an installation that has none and whose log knows none: nothing where
// there is one, or one was lost. Errors as add_ledger_key.
Result<std::optional<NewKey>> make_first_ledger_key(const Store& store, const std::string& folder,
                                                    Random& random, Instant now);

// `address`, the key of addresses, outlives what is answered.
OptOutKeys opt_out_keys(const Secret& address);

// The folder of the database, 0700, when only it is missing. kConfiguration when it cannot be made.
Status make_data_folder(const Config& config);

}  // namespace jawort
