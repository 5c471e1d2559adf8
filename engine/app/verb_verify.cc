// `jawort verify FILE|FOLDER`: needs nothing but the dossier.
#include <cstdlib>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "engine/app/kept_heads.h"
#include "engine/app/local_verbs.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/dossier/verify_dossier.h"
#include "engine/dossier/zip_file.h"
#include "engine/evidence/key_history.h"
#include "engine/evidence/note_list.h"
#include "engine/evidence/timestamp.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSmallFile = 1024 * 1024;

Result<DossierFiles> read_folder(const std::string& folder) {
  DossierFiles files;
  std::size_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory() && !at->is_symlink()) continue;
    const std::string name = at->path().lexically_relative(folder).generic_string();
    if (!at->is_regular_file() || at->is_symlink() || !valid_dossier_name(name)) {
      return invalid("the folder holds something that is no file of a dossier");
    }
    auto content = read_file(at->path().string(), kDossierByteLimit - bytes);
    if (!content.ok()) return content.error();
    bytes += content->size();
    files.emplace(name, std::move(*content));
    if (files.size() > kDossierFileLimit) return invalid("the folder holds too many files");
  }
  if (error) return not_found("cannot read the folder " + folder);
  return files;
}

Result<DossierFiles> read_dossier(const std::string& path) {
  if (std::error_code none; fs::is_directory(path, none)) return read_folder(path);
  if (std::error_code none; fs::exists(path, none) && !fs::is_regular_file(path, none)) {
    return refused(path + " is neither a file nor a folder");
  }
  const auto bytes = read_file(path, 2 * kDossierByteLimit);
  if (!bytes.ok()) return bytes.error();
  return read_zip(*bytes);
}

// A public key, or a file with one or with the announcements of all.
Status read_key(const std::string& text_or_file, VerifyRequest& request) {
  if (auto key = VerifierKey::parse(trim_ascii_space(text_or_file)); key.ok()) {
    request.key = std::move(*key);
    return {};
  }
  const auto file = read_file(text_or_file, kSmallFile);
  if (!file.ok()) return invalid("--key is neither a public key nor a file with one");
  if (auto key = VerifierKey::parse(trim_ascii_space(*file)); key.ok()) {
    request.key = std::move(*key);
    return {};
  }
  request.key_history = notes_in(*file);
  const auto history = read_key_history(request.key_history);
  if (request.key_history.empty() || !history.ok()) {
    return invalid(text_or_file + " holds no public key of a log, and no history of its keys");
  }
  return {};
}

Status read_kept(const Invocation& invocation, VerifyRequest& request) {
  if (!invocation.key.empty()) JAWORT_TRY(read_key(invocation.key, request));
  request.timestamp_ca = invocation.timestamp_ca;
  if (!invocation.timestamp_ca.empty()) {
    const auto content = read_file(invocation.timestamp_ca, kSmallFile);
    if (!content.ok()) return invalid("--timestamp-ca: " + content.error().message);
    const Status usable = usable_certificates(invocation.timestamp_ca);
    if (!usable.ok()) return invalid("--timestamp-ca: " + usable.error().message);
  }
  if (invocation.checkpoint.empty()) return {};
  const auto heads = read_kept_heads(invocation.checkpoint);
  if (!heads.ok()) return heads.error();
  if (heads->empty()) return invalid("--checkpoint: there is no head in this file");
  request.older_checkpoint = joined_heads(*heads);
  return {};
}

std::string as_json(const Verification& result) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const DossierCheck& check : result.checks) {
    checks.push_back({{"item", check.item}, {"ok", check.ok}, {"detail", check.detail}});
  }
  const nlohmann::ordered_json json = {{"ok", result.ok()},
                                       {"sound", result.sound()},
                                       {"checks", std::move(checks)},
                                       {"warnings", result.warnings},
                                       {"not_proved", result.not_proved}};
  return json.dump() + "\n";
}

std::string_view verdict_key(const DossierCheck& check) {
  if (check.ok) return "yes";
  return check.not_shown ? "unknown" : "no";
}

std::string as_text(const Verification& result) {
  std::string out;
  const std::size_t width = result.say("no").size();
  for (const DossierCheck& check : result.checks) {
    std::string item = check.item, verdict = result.say(verdict_key(check));
    item.resize(std::max<std::size_t>(item.size(), 11), ' ');
    verdict.resize(std::max<std::size_t>(verdict.size(), width + 3), ' ');
    out += verdict + item + " " + check.detail + "\n";
  }
  for (const std::string& warning : result.warnings) {
    out += "\n" + result.say("warning", {{"text", warning}}) + "\n";
  }
  out += "\n" + result.say("not_proved") + "\n";
  for (const std::string& open : result.not_proved) out += "- " + open + "\n";
  const std::string_view end = result.ok()      ? "sound"
                               : result.sound() ? "sound_so_far"
                                                : "not_sound";
  return out + "\n" + result.say(end) + "\n";
}

// What --lang says; else, of what a person reads, the language that POSIX's variables set.
std::string wished_language(const Invocation& invocation) {
  if (!invocation.language.empty()) return invocation.language;
  if (invocation.json) return "en";
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("de") ? "de" : "en";
  }
  return "en";
}

}  // namespace

int run_verify(const Invocation& invocation, Console& console) {
  VerifyRequest request;
  request.language = wished_language(invocation);
  if (const Status read = read_kept(invocation, request); !read.ok()) {
    return report(console, read.error());
  }
  auto files = read_dossier(invocation.arguments.front());
  if (!files.ok() && files.error().kind != ErrorKind::kInvalid) {
    return report(console, files.error());
  }
  Verification result(request.language);
  if (files.ok()) {
    request.files = std::move(*files);
    result = verify_dossier(request);
  } else {
    result.add("files", false, "malformed_file", {{"why", files.error().message}});
  }
  console.out(invocation.json ? as_json(result) : as_text(result));
  return result.ok() ? kExitDone : kExitNo;
}

}  // namespace jawort
