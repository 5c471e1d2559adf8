#include "engine/app/demo.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/app/config.h"
#include "engine/app/demo_mailbox.h"
#include "engine/app/demo_pages.h"
#include "engine/app/engine.h"
#include "engine/app/log_output.h"
#include "engine/app/serve.h"
#include "engine/base/embedded.h"
#include "engine/base/file.h"
#include "engine/flow/apply_definitions.h"

namespace jawort {
namespace {

constexpr int kPortsToTry = 100;
constexpr std::string_view kExample = "quickstart.toml";

constexpr std::string_view kDemoConfig =
    R"(# Made by `jawort demo`. With  --config THIS-FILE  the other verbs work on the
# demo's data, while it runs and while it does not. For a real set-up: jawort init
[server]
listen       = "127.0.0.1:8080"
admin_listen = "127.0.0.1:8081"

[smtp]
url = "mailbox:mailbox"     # mails are filed into this folder; only `jawort demo` does that

[mail]
from = "Teekontor Ebbe & Flut <teepost@teekontor.example>"

[log]
level  = "warning"
format = "text"
)";

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// First run: the folder, its configuration and keys. Later runs find them.
Status prepare_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return refused("the folder " + folder + " cannot be made");
  }
  const std::string keys = folder + "/keys";
  if (!exists(keys)) {
    SystemRandom random;
    JAWORT_TRY(create_keys(keys, random, SystemClock().now()));
  }
  const std::string file = folder + "/jawort.toml";
  if (exists(file)) return {};
  return write_file_durably(file, as_bytes(kDemoConfig), 0600, IfExists::kRefuse);
}

std::string absolute(const std::string& path) {
  char* const resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string out(resolved);
  std::free(resolved);
  return out;
}

// As a person can paste it into a shell.
std::string shell_word(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return ascii_alnum(c) || std::string_view("/._-+").find(c) != std::string_view::npos;
  });
  return plain ? word : "'" + replace_all(word, "'", "'\\''") + "'";
}

// "jawort" where the shell finds this very program under that name, else its path.
std::string program_name() {
  const std::string self = absolute("/proc/self/exe");
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
  const char* const path = std::getenv("PATH");
  for (const std::string_view folder : split(path != nullptr ? path : "", ':')) {
    const std::string candidate = std::string(folder) + "/jawort";
    if (!folder.empty() && exists(candidate)) {
      return absolute(candidate) == self ? "jawort" : shell_word(self);
    }
  }
  return shell_word(self);
}

Status load_example(const Context& context) {
  if (!context.definitions.get()->documents().empty()) return {};
  for (const EmbeddedFile& file : embedded_examples()) {
    if (file.path != kExample) continue;
    JAWORT_TRY(
        apply_definitions(context, {{std::string(file.path), std::string(file.content)}}, false));
    return {};
  }
  return internal_error("the example definitions are missing in this program");
}

void print_welcome(const Engine& engine, const std::string& folder, const std::string& command,
                   Console& console) {
  const std::string& url = engine.settings().public_url;
  std::string form = "newsletter";
  const auto forms = engine.context().definitions.get()->form_ids();
  if (!forms.empty()) form = forms.front();
  console.out(
      "\nJawort's demo is running, on this machine only. Open:\n\n"
      "  1. sign up             " +
      url + "/forms/" + form +
      "\n"
      "  2. read and confirm    " +
      url +
      "/demo/mailbox\n"
      "  3. see the record      " +
      url +
      "/demo/contacts\n"
      "  4. all steps           " +
      url +
      "/demo\n\n"
      "In another terminal, with the address you signed up with:\n\n"
      "  " +
      command +
      " contact show anna@example.org --json\n"
      "  " +
      command +
      " link revoke anna@example.org --purpose newsletter\n"
      "  " +
      command +
      " check\n\n"
      "Everything is in " +
      folder + "/ and stays there for the next start. Ctrl-C stops.\n");
}

int run_in(const std::string& folder, Config& config, bool any_port, Console& console) {
  const SystemClock clock;
  const std::unique_ptr<Log> log = make_log(config.log, clock);
  auto engine = Engine::open(config, *log, {.migrate = true, .make_ledger_key = true});
  if (!engine.ok()) return report(console, engine.error());
  const Status loaded = load_example((*engine)->context());
  if (!loaded.ok()) return report(console, loaded.error());

  const std::string mailbox_folder =
      config.smtp.mailbox_folder.empty() ? folder + "/mailbox" : config.smtp.mailbox_folder;
  DemoMailbox mailbox(mailbox_folder, clock);
  const std::string command =
      program_name() + " --config " + shell_word(absolute(folder + "/jawort.toml"));
  ServeOptions options;
  options.transports = [&mailbox] { return make_mailbox_transport(mailbox); };
  options.ports_to_try = any_port ? kPortsToTry : 1;
  options.admin_ports_to_try = kPortsToTry;
  options.wrap = [&](const Engine& running, HttpHandler next) {
    return demo_routes(running.context(), mailbox, command, std::move(next));
  };
  options.started = [&](const Engine& running) {
    print_welcome(running, folder, command, console);
  };
  config.server.public_url.clear();  // of the port that is really bound
  const auto status = serve(**engine, config, options, *log);
  return status.ok() ? *status : report(console, status.error());
}

}  // namespace

int run_demo(const Invocation& invocation, Console& console) {
  block_stop_signals();
  const std::string folder = invocation.folder.empty() ? "jawort-demo" : invocation.folder;
  const Status prepared = prepare_folder(folder);
  if (!prepared.ok()) return report(console, prepared.error());
  // Variables that configure another installation must not reach into the demo.
  auto config = load_config(folder + "/jawort.toml", {});
  if (!config.ok()) return report(console, config.error());
  if (invocation.port >= 0) {
    config->server.listen.port = invocation.port;
    const bool next_exists = invocation.port > 0 && invocation.port < 65535;
    config->server.admin_listen.port = next_exists ? invocation.port + 1 : 0;
  }
  return run_in(folder, *config, invocation.port < 0, console);
}

}  // namespace jawort
