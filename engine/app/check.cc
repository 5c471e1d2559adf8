// `jawort check`: the doctor. Each result says what was found and, where something is wrong, what
// to do. What the database knows comes from whoever holds it (verb_check_database).
#include <algorithm>

#include "db/sqlite/sqlite_store.h"
#include "engine/app/ask_definitions.h"
#include "engine/app/captured_answer.h"
#include "engine/app/checks.h"
#include "engine/app/control_socket.h"
#include "engine/app/data_owner.h"
#include "engine/app/local_verbs.h"
#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
constexpr auto kError = CheckStatus::kError;

constexpr milliseconds kDnsPatience{4000};

// What can be known of a database without opening it; true when it can be opened.
bool check_schema(const Config& config, CheckResults& results) {
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

// The keys are at fault, which is said already, with what to do.
bool said_of_keys(const CheckResults& results, const std::string& complaint) {
  return std::ranges::any_of(results, [&](const CheckResult& result) {
    return result.name == "keys" && result.status == kError &&
           complaint.find(result.detail) != std::string::npos;
  });
}

// Null when there are none to be had; why stands among the results then.
std::shared_ptr<const DefinitionSet> check_database(const Config& config, CheckResults& results) {
  if (!check_schema(config, results)) return nullptr;
  Invocation ask;
  ask.verb = "check";
  CapturedAnswer answer;
  const int status = run_on_database(config, ask, answer);
  CheckResults found = parse_checks(answer.answer());
  if (status != kExitDone && said_of_keys(results, answer.complaint())) {
    results.push_back(
        {"database", kWarning, "its schema is current; not opened without the keys", "see keys"});
    return nullptr;
  }
  if (status != kExitDone || found.empty()) {
    results.push_back(
        {"database", kError, answer.complaint(), "the message says what is in the way"});
    return nullptr;
  }
  for (CheckResult& result : found) results.push_back(std::move(result));
  const auto definitions = ask_definitions(config);
  if (!definitions.ok()) {
    results.push_back({"definitions", kError, definitions.error().message, "see database"});
    return nullptr;
  }
  check_definitions(**definitions, results);
  return *definitions;
}

bool check_server(const Config& config, CheckResults& results) {
  const bool running = server_listens(config.control_socket());
  results.push_back({"server", kOk, running ? "runs" : "does not run",
                     running ? "" : "`jawort serve` starts it"});
  return running;
}

int print(const CheckResults& results, const Invocation& invocation, Console& console, int status) {
  console.out(invocation.json ? checks_json(results) + "\n"
                              : checks_text(results, console.terminal()));
  if (status != kExitDone) return status;
  const bool any_error = std::any_of(results.begin(), results.end(),
                                     [](const CheckResult& r) { return r.status == kError; });
  return any_error ? kExitNo : kExitDone;
}

// The configuration is wrong: said as by any other verb, and for programs as one result per
// problem.
int print_problems(const Error& error, const Invocation& invocation, Console& console) {
  if (!invocation.json) return report(console, error);
  CheckResults results;
  for (const std::string_view line : split(error.message, '\n')) {
    results.push_back({"configuration", kError, std::string(line), ""});
  }
  return print(results, invocation, console, report(console, error));
}

}  // namespace

int run_check(const Invocation& invocation, Console& console) {
  const SystemClock clock;
  const auto dns = make_dns(clock, kDnsPatience, invocation.dns);
  if (!dns.ok()) return report(console, dns.error());
  const auto file = find_config(invocation.config);
  if (!file.ok()) return print_problems(file.error(), invocation, console);
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return print_problems(config.error(), invocation, console);
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  CheckResults results;
  check_configuration(*config, results);
  check_permissions(*config, results);
  check_keys(*config, results);
  check_clock(*config, clock.now(), results);
  check_disk(*config, results);
  const bool running = check_server(*config, results);
  const auto definitions = check_database(*config, results);
  check_opt_outs(*config, results);
  if (const auto templates = Templates::load(config->templates_folder); templates.ok()) {
    check_templates(**templates, config->templates_folder, definitions.get(), results);
  } else {
    results.push_back(
        {"templates", kError, templates.error().message, "correct or remove the template"});
  }
  check_addresses(*config, results);
  check_public_url(*config, running, definitions.get(), results);
  check_smtp(*config, results);
  check_bounces(*config, results);
  check_sender_dns(*config, **dns, results);
  return print(results, invocation, console, kExitDone);
}

}  // namespace jawort
