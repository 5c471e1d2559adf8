#include "engine/app/run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "engine/app/command_line.h"
#include "engine/app/config.h"
#include "engine/app/data_owner.h"
#include "engine/app/demo.h"
#include "engine/app/local_verbs.h"
#include "engine/app/serve.h"
#include "engine/app/store_verbs.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kDefinitionLimit = 8U * 1024U * 1024U;

class ProcessConsole final : public Console {
 public:
  void out(std::string_view text) override { failed_ = !write_all(STDOUT_FILENO, text) || failed_; }
  void err(std::string_view text) override { (void)write_all(STDERR_FILENO, text); }
  bool terminal() const override {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
    const char* const plain = std::getenv("NO_COLOR");  // no-color.org
    return (plain == nullptr || *plain == '\0') && ::isatty(STDOUT_FILENO) != 0;
  }
  // An answer that did not arrive whole is no answer.
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

// The files of `apply` are read here: their paths are the caller's, not the server's.
Status read_definition_files(Invocation& invocation) {
  for (const std::string& name : invocation.arguments) {
    auto content = read_file(name, kDefinitionLimit);
    if (!content.ok()) return refused(content.error().message);
    if (!valid_utf8(*content)) return configuration_error(name + ":1: is not UTF-8 text");
    invocation.files.push_back({name, std::move(*content)});
  }
  invocation.arguments.clear();
  return {};
}

// What is said before a verb that destroys, and what it is called in the question.
struct Warning {
  std::string_view verb, what, question;
};
constexpr std::array kWarnings = {
    Warning{"contact erase", "what is erased cannot be brought back", "Erase"},
    Warning{"queue drop", "a dropped mail is never sent", "Drop"},
    Warning{"restore", "what happened after the backup is not in the database any more", "Restore"},
};

// "Verbs that destroy ask first; --yes answers." What the others do needs no answer.
Status confirmed_by_person(const Invocation& invocation) {
  const auto* const warning = std::ranges::find(kWarnings, invocation.verb, &Warning::verb);
  if (warning == kWarnings.end() || invocation.yes) return {};
  std::string what(warning->what);
  if (invocation.with_proof) what += ", and no consent of this person can be proved any more";
  if (::isatty(STDIN_FILENO) == 0) {
    return refused(what + "; say --yes to do it without being asked");
  }
  std::fputs((what + ". " + std::string(warning->question) + "? [y/N] ").c_str(), stderr);
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y' ? Status() : Status(refused("nothing was done"));
}

int run_with_database(Invocation invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  if (invocation.verb == "apply") {
    const Status read = read_definition_files(invocation);
    if (!read.ok()) return report(console, read.error());
  }
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  return run_on_database(*config, invocation, console);
}

int refuse_confirmation_link(const Invocation&, Console& console) {
  return report(console,
                refused("a confirmation link is for the mailbox alone. Whoever else could "
                        "see it could confirm in the person's place, and the consent would "
                        "prove nothing. No verb, page or log shows one."));
}

struct Verb {
  std::string_view name;
  int (*run)(const Invocation&, Console&);
};

constexpr std::array kVerbs = {
    Verb{"backup", run_backup},
    Verb{"check", run_check},
    Verb{"demo", run_demo},
    Verb{"dossier", run_dossier},
    Verb{"ingest-bounce", run_ingest_bounce},
    Verb{"init", run_init},
    Verb{"keys dkim", run_keys_dkim},
    Verb{"keys list", run_keys_list},
    Verb{"ledger verify", run_ledger_verify},
    Verb{"link confirm", refuse_confirmation_link},
    Verb{"migrate", run_migrate},
    Verb{"restore", run_restore},
    Verb{"serve", run_serve},
    Verb{"template lint", run_template},
    Verb{"template list", run_template},
    Verb{"template preview", run_template},
    Verb{"template send-test", run_template},
    Verb{"verify", run_verify},
};

int dispatch(const Invocation& invocation, Console& console) {
  const Status confirmed = confirmed_by_person(invocation);
  if (!confirmed.ok()) return report(console, confirmed.error());
  for (const Verb& verb : kVerbs) {
    if (verb.name == invocation.verb) return verb.run(invocation, console);
  }
  return run_with_database(invocation, console);
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  ProcessConsole console;
  const CommandLine line = parse_command_line(arguments);
  int status = line.status;
  if (line.invocation) {
    status = dispatch(*line.invocation, console);
  } else {
    console.out(line.out);
    console.err(line.err);
  }
  if (console.failed() && status == kExitDone) return kExitNo;
  return status;
}

}  // namespace jawort
