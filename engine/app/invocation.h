// One call of a verb, as plain data: from the command line, or over the control socket.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/flow/apply_definitions.h"

namespace jawort {

std::string_view program_version();  // "0.1.0"

// PRODUCT §3.
enum ExitStatus : int {
  kExitDone = 0,
  kExitNo = 1,  // not found, refused, failed
  kExitUsage = 2,
  kExitTryAgain = 75,  // EX_TEMPFAIL, for mail servers alone (ingest-bounce)
  kExitConfiguration = 78,
};
int exit_status(const Error& error);

struct Invocation {
  std::string verb;                    // "contact show"
  std::vector<std::string> arguments;  // positional, in order
  std::string config;                  // --config; empty: looked for
  std::string folder;                  // demo --dir
  std::string purpose;
  std::string state;                          // queue list --state
  std::string opt_outs;                       // restore --opt-outs
  int port = -1;                              // demo --port; -1: choose
  int kept = 0;                               // dossier --kept
  int limit = 0;                              // contact list, queue list; 0: all
  std::string language, form;                 // template --lang --form
  std::string file;                           // template preview --html, dossier -o
  std::string key, checkpoint, timestamp_ca;  // verify
  std::string to;                             // template send-test --to
  std::string dns;                            // check --dns
  bool json = false, dry_run = false, all = false, yes = false;
  bool uncertain = false;   // queue list --uncertain
  bool no_backup = false;   // migrate --no-backup
  bool csv = false;         // links
  bool ledger = false;      // keys rotate --ledger
  bool history = false;     // ledger key --history
  bool ed25519 = false;     // keys dkim --ed25519
  bool with_proof = false;  // contact erase --with-proof
  bool from_now = false;    // webhook enable --from-now
  // What `apply` loads: the caller reads the files, since their paths are the caller's.
  std::vector<DefinitionFile> files;
};

// Where a verb's answer goes. One thread at a time.
class Console {
 public:
  virtual ~Console() = default;
  virtual void out(std::string_view text) = 0;
  virtual void err(std::string_view text) = 0;
  // Whether out() is seen by a person at once: then signs and colours help.
  virtual bool terminal() const { return false; }
};

// Prints "jawort: MESSAGE" and gives the status to end with.
int report(Console& console, const Error& error);

}  // namespace jawort
