#include <array>
#include <filesystem>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/app/address_key_mark.h"
#include "engine/app/checks.h"
#include "engine/evidence/keys.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
constexpr auto kError = CheckStatus::kError;

constexpr mode_t kOthersRead = 077, kOthersWrite = 022;
constexpr int kFirstYear = 2026, kLastYear = 2099;  // no installation is older than the program

struct Found {
  bool there = false;
  mode_t mode = 0;
  uid_t owner = 0;
};

Found look_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {true, status.st_mode, status.st_uid};
}

std::string user_name(uid_t user) {
  passwd entry{};
  passwd* known = nullptr;
  std::array<char, 4096> text{};
  ::getpwuid_r(user, &entry, text.data(), text.size(), &known);
  return known != nullptr ? known->pw_name : std::to_string(user);
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    paths.push_back(entry->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Permissions {
 public:
  explicit Permissions(CheckResults& results) : results_(results) {}

  void config_file(const std::string& path) {
    if (refuse_writers(path, "anybody who may could send your mail through another server")) return;
    foreign(path);
  }

  void templates(const std::string& folder) {
    constexpr std::string_view kWhy = "anybody who may could write what goes out in your name";
    if (folder.empty() || !look_at(folder).there || refuse_writers(folder, kWhy)) return;
    for (const std::string& path : files_in(folder)) {
      if (refuse_writers(path, kWhy)) return;
      if (::access(path.c_str(), R_OK) != 0) {
        add(kError, path + " cannot be read", "chmod u+r " + path);
        return;
      }
    }
  }

  void data(const std::string& folder) {
    const Found found = look_at(folder);
    if (!found.there) return;  // the first start makes it
    if ((found.mode & kOthersRead) != 0) {
      add((found.mode & kOthersWrite) != 0 ? kError : kWarning,
          folder + " is open to other users, and holds personal data", "chmod 700 " + folder);
    }
    if (found.owner != ::geteuid()) {  // root has become the owner
      add(kError,
          folder + " belongs to " + user_name(found.owner) + ", and this is " +
              user_name(::geteuid()),
          "run the verbs as " + user_name(found.owner) + ": sudo -u " + user_name(found.owner) +
              " jawort …");
      return;
    }
    for (const std::string& path : files_in(folder)) {
      if (look_at(path).owner == found.owner) continue;
      add(kError,
          path + " belongs to " + user_name(look_at(path).owner) + ", its folder to " +
              user_name(found.owner),
          "chown -R " + user_name(found.owner) + " " + folder);
      return;
    }
  }

  void finish() {
    if (fine_) add(kOk, "configuration, data and templates are yours alone to change", "");
  }

 private:
  void add(CheckStatus status, std::string detail, std::string advice) {
    fine_ = fine_ && status == kOk;
    results_.push_back({"permissions", status, std::move(detail), std::move(advice)});
  }

  bool refuse_writers(const std::string& path, std::string_view why) {
    const Found found = look_at(path);
    if (!found.there || (found.mode & kOthersWrite) == 0) return false;
    add(kError, path + " can be changed by other users: " + std::string(why), "chmod go-w " + path);
    return true;
  }

  void foreign(const std::string& path) {
    const Found found = look_at(path);
    if (!found.there || found.owner == ::geteuid() || found.owner == 0) return;
    add(kWarning, path + " belongs to " + user_name(found.owner),
        "is that the user who runs Jawort? Then run the verbs as that user too");
  }

  CheckResults& results_;
  bool fine_ = true;
};

// Only what the message does not say itself.
std::string keys_advice(const std::string& folder, const std::string& message) {
  if (message.find("chmod") != std::string::npos) return "then check again";
  if (message.find("is there twice") != std::string::npos) return "remove the one not in use";
  if (!look_at(folder).there || message.find("is missing") != std::string::npos) {
    return "see [keys] folder; lost keys can only come from your copy of the key folder";
  }
  return "see who owns it and may read it; a damaged key can only come from your copy of the "
         "folder";
}

}  // namespace

void check_configuration(const Config& config, CheckResults& results) {
  results.push_back({"configuration", kOk, config.file, ""});
  for (const std::string& warning : config.warnings) {
    results.push_back({"configuration", kWarning, warning, ""});
  }
  const Found file = look_at(config.file);
  // A group to which root gave the file (root:jawort, mode 0640) is the service's own.
  if (config.holds_secret && (file.mode & (file.owner == 0 ? 007U : kOthersRead)) != 0) {
    results.push_back({"configuration", kWarning, "a password stands in it, and others may read it",
                       "chmod 600 " + config.file + ", or use password_file"});
  }
}

void check_keys(const Config& config, CheckResults& results) {
  const auto keys = load_keys(config.keys_folder);
  if (!keys.ok()) {
    results.push_back({"keys", kError, keys.error().message,
                       keys_advice(config.keys_folder, keys.error().message)});
    return;
  }
  if (const auto known = check_address_key(config.database.path, keys->address); !known.ok()) {
    results.push_back({"keys", kError, known.error().message,
                       "see Keys in OPERATING.md; nothing starts before it is back"});
    return;
  }
  results.push_back({"keys", kOk,
                     config.keys_folder + ", token key " + std::to_string(keys->token.current()) +
                         " is current, of " + std::to_string(keys->token.ids().size()),
                     ""});
}

void check_permissions(const Config& config, CheckResults& results) {
  Permissions permissions(results);
  permissions.config_file(config.file);
  permissions.data(config.data_folder());
  permissions.templates(config.templates_folder);
  permissions.finish();
}

void check_disk(const Config& config, CheckResults& results) {
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

void check_clock(const Config& config, Instant now, CheckResults& results) {
  const auto zone = TimeZone::find(config.consent.time_zone);
  if (!zone.ok()) {
    results.push_back({"clock", kError, zone.error().message,
                       "set [consent] time_zone to a name like \"Europe/Berlin\""});
    return;
  }
  const LocalTime local = zone->local(now);
  const std::string shown =
      local.date + " " + local.time + " " + local.abbreviation + " (" + zone->name() + ")";
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(now)};
  const int year = static_cast<int>(date.year());
  if (year < kFirstYear || year > kLastYear) {
    results.push_back({"clock", kError, shown + ": that cannot be",
                       "set the clock (timedatectl set-ntp true); a stamp with a wrong date proves "
                       "nothing"});
    return;
  }
  results.push_back({"clock", kOk, shown, ""});
}

}  // namespace jawort
