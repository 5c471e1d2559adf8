#include "engine/app/serve.h"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <sys/resource.h>
#include <thread>

#include "engine/app/control_socket.h"
#include "engine/app/data_owner.h"
#include "engine/app/log_output.h"
#include "engine/app/store_verbs.h"
#include "engine/app/watchdog.h"
#include "engine/flow/lint_mails.h"
#include "engine/mail/signing_transport.h"
#include "webhooks/incoming/listener.h"
#include "webhooks/incoming/routes.h"

namespace jawort {
namespace {

constexpr int kAdminThreads = 4;
constexpr rlim_t kOtherFiles = 1024;  // database, mails, admin pages, who is turned away
constexpr std::chrono::seconds kWaitForVerbs{3};
constexpr milliseconds kPause{50};
constexpr milliseconds kLeastStop{1000};  // requests that have begun get that long at any rate
// What a stop may take beside [server] stop_within: requests, a verb, the last checkpoint.
constexpr std::chrono::seconds kStopMargin{30};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

enum class WhyStop : std::uint8_t { kSignal, kStoreFailed };

WhyStop wait_for_stop(const Store& store) {
  const sigset_t signals = stop_signals();
  for (;;) {
    const timespec pause{0, 250'000'000};
    if (::sigtimedwait(&signals, nullptr, &pause) > 0) return WhyStop::kSignal;
    if (!store.healthy()) return WhyStop::kStoreFailed;
  }
}

// A person who presses Ctrl-C again does not want to wait for the relay. Nothing is lost by it.
void let_a_second_interrupt_end_us() {
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
}

// Each connection is a descriptor; a shell or systemd start with 1,024 of them and let us take
// more.
void raise_file_limit(int connections, Log& log) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = static_cast<rlim_t>(connections) + kOtherFiles;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    log.warning("file_limit", {{"advice",
                                "raise the limit of open files (LimitNOFILE=), or lower "
                                "[limits] connections"},
                               {"limit", static_cast<std::int64_t>(limit.rlim_cur)},
                               {"wanted", static_cast<std::int64_t>(wanted)}});
  }
}

MailboxWatch mailbox_watch(const Config& config) {
  if (config.bounces.url.empty()) return {};
  return {make_mailbox_reader(config.bounces), config.bounces.every};
}

class Service {
 public:
  Service(Engine& engine, const Config& config, const ServeOptions& options, Log& log)
      : engine_(engine), config_(config), options_(options), log_(log) {}

  Status start() {
    raise_file_limit(config_.limits.connections, log_);
    JAWORT_TRY(open_listeners());
    JAWORT_TRY(open_control());
    JAWORT_TRY(engine_.start_worker(options_.transports,
                                    DispatchSettings{config_.smtp.connections, config_.smtp.rate},
                                    mailbox_watch(config_)));
    admin_->start();
    public_->start();
    control_->start();
    accepting_ = true;
    log_.info("ready", {{"listen", address(config_.server.listen, *public_)},
                        {"admin_listen", address(config_.server.admin_listen, *admin_)},
                        {"public_url", engine_.settings().public_url},
                        {"version", JAWORT_VERSION}});
    return {};
  }

  // What is alive when all of them answer. The writer's answer counts, not what it says: another
  // program may hold the file for a moment.
  std::vector<Watchdog::Probe> probes() {
    return {[this](const std::function<void()>& answered) {
              (void)engine_.context().store.write([](Tables&) { return Status(); });
              answered();
            },
            [this](std::function<void()> answered) { public_->probe(std::move(answered)); },
            [this](std::function<void()> answered) { admin_->probe(std::move(answered)); }};
  }

  // False: the relay still owed an answer for some mails.
  bool stop() {
    accepting_ = false;
    const Clock& clock = engine_.context().clock;
    const milliseconds deadline = clock.monotonic() + config_.server.stop_within;
    public_->stop();
    control_->stop();
    const milliseconds left = std::max(milliseconds(0), deadline - clock.monotonic());
    const bool all_answered = engine_.stop_worker(left);
    admin_->stop();
    return all_answered;
  }

 private:
  static std::string address(ListenAddress configured, const Listener& listener) {
    configured.port = listener.port();
    return configured.text();
  }

  std::function<bool()> ready() {
    return [this] { return accepting_ && engine_.context().store.healthy(); };
  }

  Status open_listeners() {
    HttpHandler routes =
        public_routes(engine_.context(), RouteSettings{config_.server.trusted_proxies}, ready());
    if (options_.wrap) routes = options_.wrap(engine_, std::move(routes));
    ListenerSettings settings;
    settings.deadlines.stop =
        std::clamp<milliseconds>(config_.server.stop_within, kLeastStop, settings.deadlines.stop);
    settings.connections = config_.limits.connections;
    settings.connections_per_client = config_.limits.connections_per_client;
    settings.trusted_proxies = parse_networks(config_.server.trusted_proxies);
    settings.body_optional = public_body_optional;
    settings.refusals = public_refusals(engine_.context());
    JAWORT_TRY(open_one(config_.server.listen, options_.ports_to_try, settings, routes, public_));
    settings = ListenerSettings{};
    settings.threads = kAdminThreads;
    JAWORT_TRY(open_one(config_.server.admin_listen, options_.admin_ports_to_try, settings,
                        admin_routes(engine_.context(), ready()), admin_));
    if (config_.server.public_url.empty()) {
      engine_.set_public_url("http://" + address(config_.server.listen, *public_));
    }
    return {};
  }

  Status open_one(const ListenAddress& where, int ports_to_try, ListenerSettings settings,
                  const HttpHandler& handler, std::unique_ptr<Listener>& out) {
    settings.host = where.host;
    for (int attempt = 0;; ++attempt) {
      settings.port = where.port == 0 ? 0 : where.port + attempt;
      auto listener = open_listener(settings, handler, engine_.context().random, log_);
      if (listener.ok()) {
        out = std::move(*listener);
        return {};
      }
      const bool last = attempt + 1 >= ports_to_try || where.port == 0;
      if (last || settings.port == 65535) return listener.error();
    }
  }

  Status open_control() {
    auto control = ControlServer::open(
        config_.control_socket(),
        [this](const Invocation& invocation, Console& console) {
          return run_engine_verb(engine_, invocation, console);
        },
        log_);
    if (!control.ok()) return control.error();
    control_ = std::move(*control);
    return {};
  }

  Engine& engine_;
  const Config& config_;
  const ServeOptions& options_;
  Log& log_;
  std::atomic<bool> accepting_{false};
  std::unique_ptr<Listener> public_, admin_;
  std::unique_ptr<ControlServer> control_;
};

// A verb may hold the database for a moment; another server holds it for good.
Result<std::unique_ptr<Engine>> open_engine(const Config& config, Log& log) {
  const SystemClock clock;
  const milliseconds deadline = clock.monotonic() + kWaitForVerbs;
  for (;;) {
    auto engine = Engine::open(config, log, {.make_ledger_key = true});
    if (engine.ok() || !Engine::held_by_another(config, engine.error()) ||
        clock.monotonic() > deadline) {
      return engine;
    }
    std::this_thread::sleep_for(kPause);
  }
}

int start_and_serve(const Config& config, const Supervisor& supervisor, Log& log,
                    Console& console) {
  (void)supervisor.status("opening the database");
  const auto engine = open_engine(config, log);
  if (!engine.ok()) return report(console, engine.error());
  for (const std::string& warning : config.warnings) {
    log.warning("configuration", {{"detail", warning}});
  }
  for (const std::string& warning : (*engine)->context().definitions.get()->not_active_yet()) {
    log.warning("definition", {{"detail", warning}});
  }
  const Context& context = (*engine)->context();
  for (const Finding& found : lint_installation(*context.definitions.get(), context.templates)) {
    if (found.severity == Severity::kError) log.error("unlawful", {{"detail", found.text}});
  }
  const SmtpSettings smtp = smtp_settings(config);
  ServeOptions options;
  options.supervisor = &supervisor;
  options.transports = [&smtp, &config] {
    return make_signing_transport(config.mail.dkim, make_smtp_transport(smtp));
  };
  const auto status = serve(**engine, config, options, log);
  return status.ok() ? *status : report(console, status.error());
}

}  // namespace

void block_stop_signals() {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that hangs up, a file that may not grow: errors of the call, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

SmtpSettings smtp_settings(const Config& config) {
  SmtpSettings settings;
  settings.url = config.smtp.url;
  settings.username = config.smtp.username;
  settings.password = config.smtp.password.duplicate();
  settings.tls = config.smtp.tls;
  settings.ca_file = config.smtp.ca_file;
  const auto url = parse_url(config.server.public_url);
  settings.helo = url && is_host_name(url->host) ? url->host : "localhost";
  return settings;
}

Result<int> serve(Engine& engine, const Config& config, const ServeOptions& options, Log& log) {
  const Supervisor nobody;
  const Supervisor& supervisor = options.supervisor != nullptr ? *options.supervisor : nobody;
  Service service(engine, config, options, log);
  JAWORT_TRY(service.start());
  if (options.started) options.started(engine);
  if (!supervisor.ready("serving " + engine.settings().public_url)) {
    log.warning("supervisor_not_told", {{"advice", "$NOTIFY_SOCKET names no socket that listens"}});
  }
  std::optional<Watchdog> watchdog(std::in_place, supervisor, service.probes());
  const WhyStop why = wait_for_stop(engine.context().store);
  if (why == WhyStop::kStoreFailed) {
    log.error("store_failed", {{"advice",
                                "the database reported a write error; nothing more is "
                                "accepted. Check disk space and disk, then start again"}});
  }
  log.info("stopping");
  (void)supervisor.stopping(config.server.stop_within + kStopMargin);
  watchdog.reset();
  let_a_second_interrupt_end_us();
  const int status = why == WhyStop::kSignal ? kExitDone : kExitNo;
  if (!service.stop()) {
    // Senders that still wait for the relay's word cannot be joined, and must not find the store
    // taken down around them. All that counts is on disk already.
    log.warning("stopped_with_uncertain_mails");
    std::_Exit(status);
  }
  log.info("stopped");
  return status;
}

int run_serve(const Invocation& invocation, Console& console) {
  block_stop_signals();
  const Supervisor supervisor = Supervisor::from_environment();
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  if (!config->smtp.mailbox_folder.empty()) {
    return report(console, configuration_error(
                               config->file + ": [smtp] url: a mailbox: is for `jawort demo` only; "
                                              "set smtp://HOST or smtps://HOST"));
  }
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  const SystemClock clock;
  const std::unique_ptr<Log> log = make_log(config->log, clock);
  return start_and_serve(*config, supervisor, *log, console);
}

}  // namespace jawort
