// `jawort dossier EMAIL -o FILE`: the server, or who may open the database, gathers; the file is
// written by the caller's process, so that it is the caller's.
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/app/captured_answer.h"
#include "engine/app/config.h"
#include "engine/app/data_owner.h"
#include "engine/app/kept_heads.h"
#include "engine/app/local_verbs.h"
#include "engine/app/store_verbs.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/dossier/pack_dossier.h"
#include "engine/evidence/note_list.h"
#include "engine/flow/make_dossier.h"
#include "engine/flow/seal_ledger.h"

namespace jawort {
namespace {

constexpr std::size_t kHeadsLimit = 1024 * 1024;
constexpr std::size_t kMostDossiers = 4 * 1024 * 1024;  // are smaller

// Writes what a child process answers into a pipe; complaints go where they always go.
class PipeConsole final : public Console {
 public:
  PipeConsole(int pipe, Console& console) : pipe_(pipe), console_(console) {}
  void out(std::string_view text) override { (void)write_all(pipe_, text); }
  void err(std::string_view text) override { console_.err(text); }

 private:
  const int pipe_;
  Console& console_;
};

std::string read_pipe(int descriptor) {
  std::string all;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

// Root opens the database as its owner, for good, and could not write the caller's file any more:
// so a child does it. No other thread runs yet.
int run_as_owner(const Config& config, const Invocation& invocation, std::string& answer,
                 Console& console) {
  int ends[2];
  if (::pipe(ends) != 0) return report(console, refused("cannot make a pipe"));
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    PipeConsole pipe(ends[1], console);
    const Status owner = become_data_owner(config);
    ::_exit(owner.ok() ? run_on_database(config, invocation, pipe) : report(pipe, owner.error()));
  }
  ::close(ends[1]);
  if (child > 0) answer = read_pipe(ends[0]);
  ::close(ends[0]);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return report(console, refused("the process that reads the database failed"));
  }
  return WEXITSTATUS(status);
}

std::string boxes_text(std::size_t boxes) {
  const bool one = boxes == 1;
  return "warning: the PDF shows " + std::to_string(boxes) + (one ? " character" : " characters") +
         " as " + (one ? "a box" : "boxes") + ": no font on this machine has " +
         (one ? "it" : "them") +
         ". dossier.html is whole. Install fonts-noto-core (Chinese, Japanese, Korean: "
         "fonts-noto-cjk), restart the server, and make the dossier again.\n";
}

std::string kept_text(int proofs) {
  const bool one = proofs == 1;
  return "note: for this address and purpose, " + std::to_string(proofs) +
         (one ? " more proof is" : " more proofs are") +
         " kept of what was confirmed before an erasure. They are dossiers of their own: --kept "
         "makes that of the newest, --kept=2 that of the one before it.\n";
}

// Whether a dossier could be written there: asking for one is an event, which nothing takes back.
Status try_folder(const std::string& folder) {
  const std::string path = folder + "/.jawort-dossier-" + std::to_string(::getpid());
  const Status written = write_file_durably(path, as_bytes(std::string(kMostDossiers, '\0')), 0600);
  ::unlink(path.c_str());
  return written;
}

}  // namespace

int verb_dossier(const Context& context, const Invocation& invocation, Console& console) {
  // Before anything is recorded: without it there will be no dossier.
  const auto key = ledger_signer(context);
  if (!key.ok()) return report(console, key.error());
  const auto record =
      make_dossier(context, {invocation.arguments.front(), invocation.purpose, invocation.language,
                             "command", notes_in(invocation.checkpoint), invocation.kept});
  if (!record.ok()) return report(console, record.error());
  // A rotation in between: what was gathered does not name the new key yet.
  if (std::ranges::find(record->keys, key->verifier()) == record->keys.end()) {
    return report(console, unavailable("the key of the log has just been changed; try again"));
  }
  const auto packed = pack_dossier(*record, *key);
  if (!packed.ok()) return report(console, packed.error());
  if (packed->boxes > 0) console.err(boxes_text(packed->boxes));
  if (record->kept_besides > 0) console.err(kept_text(record->kept_besides));
  console.out(packed->zip);
  return kExitDone;
}

int run_dossier(const Invocation& asked, Console& console) {
  Invocation invocation = asked;
  if (invocation.file == "-") {
    return report(console, invalid("a dossier goes into a file: -o FILE.zip"));
  }
  // Before anything is recorded.
  std::error_code none;
  if (std::filesystem::exists(invocation.file, none)) {
    return report(console, refused(invocation.file + " exists already"));
  }
  const auto folder = std::filesystem::absolute(invocation.file, none).parent_path();
  if (!std::filesystem::is_directory(folder, none)) {
    return report(console, refused("there is no folder " + folder.string()));
  }
  // A path is the caller's, so the server gets what is in the file.
  if (!invocation.checkpoint.empty()) {
    const auto heads = read_kept_heads(invocation.checkpoint);
    if (!heads.ok()) return report(console, heads.error());
    invocation.checkpoint = joined_heads(*heads);
    if (heads->empty() || invocation.checkpoint.size() > kHeadsLimit) {
      return report(console, invalid("--checkpoint: there is no head in this file, or more than " +
                                     std::to_string(kHeadsLimit) + " bytes of them"));
    }
  }
  if (const Status tried = try_folder(folder); !tried.ok()) return report(console, tried.error());
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  std::string zip;
  const int status = run_as_owner(*config, invocation, zip, console);
  if (status != kExitDone) return status;
  const Status written =
      write_file_durably(invocation.file, as_bytes(zip), 0600, IfExists::kRefuse);
  if (!written.ok()) return report(console, written.error());
  if (invocation.json) {
    console.out("{\"file\":" + json_quote(invocation.file) +
                ",\"bytes\":" + std::to_string(zip.size()) + "}\n");
  } else {
    console.out("Written: " + invocation.file + " (" + std::to_string(zip.size()) +
                " bytes). It holds personal data: pass it on with care.\n"
                "Check it anywhere, without this installation: jawort verify " +
                invocation.file + "\n");
  }
  return kExitDone;
}

}  // namespace jawort
