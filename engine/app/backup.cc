// `jawort backup FILE`: this process reads the database beside a running server, so that the file
// is the caller's, and the server has no part in it.
#include "engine/app/backup.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/app/local_verbs.h"
#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kSilence{2};
constexpr std::size_t kSumLimit = 64 * 1024;

Result<std::string> sum_of(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return refused("cannot read " + file);
  struct stat status {};
  void* all = MAP_FAILED;
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    all = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE,
                 descriptor, 0);
  }
  ::close(descriptor);
  if (all == MAP_FAILED) return refused("cannot read " + file);
  const auto size = static_cast<std::size_t>(status.st_size);
  const Hash256 sum = sha256(ByteView(static_cast<const std::uint8_t*>(all), size));
  ::munmap(all, size);
  return to_hex(sum);
}

// Those who find a backup there would have the database and its keys in one place.
bool is_in_keys(const std::string& to, const std::string& keys) {
  std::error_code ignored;
  const fs::path folder = fs::weakly_canonical(keys, ignored);
  for (fs::path at = fs::weakly_canonical(to, ignored); at != at.parent_path();
       at = at.parent_path()) {
    if (at == folder) return true;
  }
  return false;
}

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

Status write_sum(const std::string& file) {
  const auto sum = sum_of(file);
  if (!sum.ok()) return sum.error();
  const std::string line = *sum + "  " + fs::path(file).filename().string() + "\n";
  return write_file_durably(file + ".sha256", as_bytes(line), 0600);
}

Status check_sum(const std::string& file) {
  const auto line = read_file(file + ".sha256", kSumLimit);
  if (!line.ok() && line.error().kind == ErrorKind::kNotFound) return {};
  if (!line.ok()) return line.error();
  const auto sum = sum_of(file);
  if (!sum.ok()) return sum.error();
  if (line->starts_with(*sum + " ")) return {};
  return refused(file + " is not as it was written: " + file + ".sha256 has another sum");
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
  if (is_in_keys(target, config->keys_folder)) {
    return report(console, refused(target + " is in the key folder; keep backups apart from keys"));
  }
  if (std::error_code none; !fs::exists(target, none)) {
    fs::remove(target + ".sha256", none);  // of a backup that is gone
  }
  const auto facts = make_backup(*config, target, console);
  if (!facts.ok()) return report(console, facts.error());
  if (const auto summed = write_sum(target); !summed.ok()) return report(console, summed.error());
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
