// `jawort ingest-bounce < MAIL`: what a mail server pipes into us. The caller's process reads the
// mail, whoever holds the database deals with it.
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include "engine/app/config.h"
#include "engine/app/data_owner.h"
#include "engine/app/local_verbs.h"
#include "engine/app/store_verbs.h"
#include "engine/base/bytes.h"
#include "engine/flow/incoming_mail.h"

namespace jawort {
namespace {

// All of it, of which the beginning is kept: a server that is not read to the end takes its mail
// for undelivered.
std::optional<std::string> read_standard_input() {
  std::string mail;
  char chunk[65536];
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, chunk, sizeof(chunk));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return mail;
    const std::size_t room = kIncomingMailLimit - mail.size();
    mail.append(chunk, std::min(room, static_cast<std::size_t>(got)));
  }
}

}  // namespace

int run_ingest_bounce(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const auto mail = read_standard_input();
  if (!mail) {
    console.err("jawort: standard input cannot be read\n");
    return kExitTryAgain;
  }
  Invocation whole = invocation;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
  const char* const recipient = std::getenv("ORIGINAL_RECIPIENT");
  if (whole.arguments.empty() && recipient != nullptr) whole.arguments.emplace_back(recipient);
  // The control socket speaks UTF-8, a mail may be anything.
  whole.files.push_back({"mail", to_base64(as_bytes(*mail))});
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  const int status = run_on_database(*config, whole, console);
  return status == kExitNo ? kExitTryAgain : status;
}

}  // namespace jawort
