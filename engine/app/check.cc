// `jawort check`: the doctor. Each result says what was found and, where something is wrong, what
// to do. What the database knows comes from whoever holds it (verb_check_database).
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "db/sqlite/sqlite_store.h"
#include "engine/app/config.h"
#include "engine/app/data_owner.h"
#include "engine/app/engine.h"
#include "engine/app/local_verbs.h"
#include "engine/app/record_text.h"
#include "engine/app/serve.h"
#include "engine/app/store_verbs.h"
#include "engine/mail/smtp_transport.h"
#include "templates/renderer.h"

namespace jawort {
namespace {

using Results = std::vector<CheckResult>;

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
constexpr auto kError = CheckStatus::kError;

class TextConsole final : public Console {
 public:
  void out(std::string_view text) override { out_ += text; }
  void err(std::string_view text) override { err_ += text; }
  std::string out_, err_;
};

// A group to which root gave the file (root:jawort, mode 0640) is the service's own.
bool others_may_read(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 &&
         (status.st_mode & (status.st_uid == 0 ? 007U : 077U)) != 0;
}

void check_configuration(const Config& config, Results& results) {
  results.push_back({"configuration", kOk, config.file, ""});
  for (const std::string& warning : config.warnings) {
    results.push_back({"configuration", kWarning, warning, ""});
  }
  if (config.holds_secret && others_may_read(config.file)) {
    results.push_back({"configuration", kWarning, "a password stands in it, and others may read it",
                       "chmod 600 " + config.file + ", or use password_file"});
  }
}

void check_keys(const Config& config, Results& results) {
  const auto keys = load_keys(config.keys_folder);
  if (!keys.ok()) {
    results.push_back({"keys", kError, keys.error().message,
                       "`jawort init` makes keys; lost ones can only come from a backup"});
    return;
  }
  results.push_back({"keys", kOk,
                     config.keys_folder + ", token key " + std::to_string(keys->token.current()) +
                         " is current, of " + std::to_string(keys->token.ids().size()),
                     ""});
}

void check_templates(const Config& config, Results& results) {
  const auto templates = Templates::load(config.templates_folder);
  if (!templates.ok()) {
    results.push_back({"templates", kError, templates.error().message, "correct the template"});
    return;
  }
  std::string languages;
  for (const std::string& language : (*templates)->languages()) {
    languages += (languages.empty() ? "" : ", ") + language;
  }
  results.push_back({"templates", kOk, "all readable; pages in " + languages, ""});
}

void check_disk(const Config& config, Results& results) {
  struct statvfs disk {};
  if (::statvfs(config.data_folder().c_str(), &disk) != 0) return;  // said under "database"
  const std::uint64_t free_mib = disk.f_bavail * disk.f_frsize / (1024 * 1024);
  const std::string detail = std::to_string(free_mib) + " MiB free in " + config.data_folder();
  if (free_mib < 100) {
    results.push_back({"disk", kError, detail, "make room: a full disk stops all forms"});
  } else if (free_mib < 1024) {
    results.push_back({"disk", kWarning, detail, "make room soon"});
  } else {
    results.push_back({"disk", kOk, detail, ""});
  }
}

// What can be known of a database without opening it; true when it can be opened.
bool check_schema(const Config& config, Results& results) {
  const auto state = sqlite_migration_state(config.database.path);
  if (!state.ok()) {
    results.push_back({"database", kError, state.error().message, "see [database] url"});
    return false;
  }
  const std::string numbers = "schema " + std::to_string(state->in_database) +
                              ", this program has " + std::to_string(state->in_binary);
  if (state->in_database == 0) {
    results.push_back({"database", kOk, "not there yet; the first start makes it", ""});
    results.push_back({"definitions", kWarning, "none are loaded", "load some: jawort apply FILE"});
    return false;
  }
  if (state->in_database < state->in_binary) {
    results.push_back({"database", kError, numbers, "make a backup, then run `jawort migrate`"});
    return false;
  }
  if (state->in_database > state->in_binary) {
    results.push_back({"database", kError, numbers, "use the newer program that made it"});
    return false;
  }
  return true;
}

void check_database(const Config& config, Results& results) {
  check_disk(config, results);
  if (!check_schema(config, results)) return;
  Invocation ask;
  ask.verb = "check";
  TextConsole answer;
  const int status = run_on_database(config, ask, answer);
  Results found = parse_checks(answer.out_);
  if (status != kExitDone || found.empty()) {
    std::string detail = answer.err_.substr(0, answer.err_.find('\n'));
    results.push_back({"database", kError, detail, "the message says what is in the way"});
    return;
  }
  for (CheckResult& result : found) results.push_back(std::move(result));
}

void check_smtp(const Config& config, Results& results) {
  if (!config.smtp.mailbox_folder.empty()) {
    results.push_back({"smtp", kOk, "the demo's mailbox; no mail leaves this machine", ""});
    return;
  }
  SmtpSettings settings = smtp_settings(config);
  settings.connect_timeout_seconds = 10;
  settings.reply_timeout_seconds = 20;
  const SmtpProbe probe = probe_smtp(settings);
  const bool login_missing = !settings.username.empty() && !probe.authenticated;
  if (!probe.connected || login_missing) {
    results.push_back({"smtp", kError, config.smtp.url + ": " + probe.detail,
                       "see [smtp] url, username, password, tls"});
    return;
  }
  std::string detail = config.smtp.url + ": " + (probe.tls ? "TLS" : "plain text") +
                       (probe.authenticated ? ", logged in" : ", without login");
  const auto url = parse_url(config.smtp.url);
  const bool plain_over_network = !probe.tls && url && !is_loopback(url->host);
  results.push_back(
      {"smtp", plain_over_network ? kWarning : kOk, detail,
       plain_over_network ? "mails travel readable; set [smtp] tls = \"required\"" : ""});
}

bool is_example(std::string_view host) {
  for (const std::string_view name : {"example.org", "example.com", "example.net"}) {
    if (host == name || host.ends_with("." + std::string(name))) return true;
  }
  return host.ends_with(".example");
}

void check_addresses(const Config& config, Results& results) {
  const std::string& text = config.server.public_url;
  const auto url = parse_url(text);
  if (!url || is_loopback(url->host)) {
    results.push_back({"public_url", kWarning,
                       (text.empty() ? std::string("not set") : text) +
                           ": only this machine can open the links in mails",
                       "set [server] public_url to the https address that visitors use"});
  } else if (is_example(url->host)) {
    results.push_back({"public_url", kWarning, text + " is an example",
                       "set [server] public_url to your own address"});
  } else {
    results.push_back({"public_url", kOk, text, ""});
  }
  const std::string& from = config.mail.from.address;
  if (is_example(from.substr(from.find('@') + 1))) {
    results.push_back({"mail", kWarning, "[mail] from is an example", "set your own sender"});
  } else {
    results.push_back({"mail", kOk, "from " + from, ""});
  }
  if (!is_loopback(config.server.admin_listen.host)) {
    results.push_back({"admin_listen", kWarning,
                       config.server.admin_listen.text() + " is reachable from other machines",
                       "keep [server] admin_listen on 127.0.0.1, or behind a firewall"});
  }
}

int print(const Results& results, const Invocation& invocation, Console& console, int status) {
  console.out(invocation.json ? checks_json(results) + "\n" : checks_text(results));
  if (status != kExitDone) return status;
  const bool any_error = std::any_of(results.begin(), results.end(),
                                     [](const CheckResult& r) { return r.status == kError; });
  return any_error ? kExitNo : kExitDone;
}

// The configuration is wrong: said as by any other verb, and for programs as one result per
// problem.
int print_problems(const Error& error, const Invocation& invocation, Console& console) {
  if (!invocation.json) return report(console, error);
  Results results;
  for (const std::string_view line : split(error.message, '\n')) {
    results.push_back({"configuration", kError, std::string(line), ""});
  }
  return print(results, invocation, console, report(console, error));
}

}  // namespace

int run_check(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return print_problems(file.error(), invocation, console);
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return print_problems(config.error(), invocation, console);
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  Results results;
  check_configuration(*config, results);
  check_keys(*config, results);
  check_templates(*config, results);
  check_database(*config, results);
  check_smtp(*config, results);
  check_addresses(*config, results);
  return print(results, invocation, console, kExitDone);
}

}  // namespace jawort
