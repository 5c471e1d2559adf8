// `jawort backup FILE`: this process reads the database beside a running server, so that the file
// is the caller's, and the server has no part in it.
#include "engine/app/backup.h"

#include <filesystem>

#include "engine/app/local_verbs.h"
#include "engine/base/clock.h"

namespace jawort {
namespace {

constexpr std::chrono::seconds kSilence{2};

std::string size_text(std::int64_t bytes) {
  const std::int64_t tenths = (bytes * 10 + (1 << 19)) >> 20;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

}  // namespace

Result<BackupFacts> make_backup(const Config& config, const std::string& to, Console& console) {
  const SystemClock clock;
  milliseconds said = clock.monotonic();
  BackupRequest request;
  request.from = std::filesystem::absolute(config.database.path).lexically_normal().string();
  request.to = std::filesystem::absolute(to).lexically_normal().string();
  request.keep_free = config.database.reserve_bytes;
  request.progress = [&](int per_cent) {
    const milliseconds now = clock.monotonic();
    if (now - said < kSilence) return;
    said = now;
    console.err(per_cent < 100 ? "copied " + std::to_string(per_cent) + " %\n"
                               : "copied; reading it to see that it is whole\n");
  };
  return sqlite_backup(request);
}

std::string facts_text(const BackupFacts& facts) {
  return size_text(facts.bytes) + ", schema " + std::to_string(facts.schema) + ", " +
         std::to_string(facts.events) + " events, " + std::to_string(facts.contacts) + " contacts";
}

std::string facts_json(const BackupFacts& facts) {
  return "\"bytes\":" + std::to_string(facts.bytes) +
         ",\"schema\":" + std::to_string(facts.schema) +
         ",\"events\":" + std::to_string(facts.events) +
         ",\"contacts\":" + std::to_string(facts.contacts);
}

std::string time_for_name(Instant at) {
  std::string text = rfc3339(at);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text;
}

int run_backup(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const std::string& target = invocation.arguments.front();
  if (target.empty()) return report(console, invalid("FILE is empty"));
  const auto facts = make_backup(*config, target, console);
  if (!facts.ok()) return report(console, facts.error());
  if (invocation.json) {
    console.out("{\"file\":" + json_quote(target) + "," + facts_json(*facts) + "}\n");
    return kExitDone;
  }
  console.out("Written and verified: " + target + " (" + facts_text(*facts) + ")\n" +
              "It holds the database: contacts, consents, events, mails without their links.\n" +
              "It does not hold the keys (" + config->keys_folder + "), without which links die, " +
              "nor " + config->file + ": keep copies of both elsewhere.\n");
  return kExitDone;
}

}  // namespace jawort
