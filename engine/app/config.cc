#include "engine/app/config.h"

#include <algorithm>
#include <climits>
#include <map>
#include <set>
#include <sys/stat.h>

#include "engine/app/config_keys.h"
#include "engine/base/file.h"

namespace jawort {
namespace {

constexpr std::size_t kConfigLimit = 1024 * 1024;
constexpr std::size_t kSecretLimit = 64 * 1024;
constexpr std::size_t kMostDkimKeys = 4;  // each costs a signature per mail
constexpr std::string_view kFileSuffix = "_file";

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string in_folder(const std::string& folder, const std::string& path) {
  if (path.starts_with('/') || folder == ".") return path;
  return folder == "/" ? "/" + path : folder + "/" + path;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// A key's setting after file and environment are laid over each other.
struct Chosen {
  Setting setting;
  bool is_file = false;  // the value names a file that holds the secret
};
using ChosenSettings = std::map<const ConfigKey*, Chosen>;

class ConfigBuilder {
 public:
  explicit ConfigBuilder(const std::string& file) {
    config_.file = file;
    config_.folder = folder_of(file);
    config_.database.path = in_folder(config_.folder, "data/jawort.db");
    config_.keys_folder = in_folder(config_.folder, "keys");
    config_.templates_folder = in_folder(config_.folder, "templates");
  }

  void take(Settings settings) {
    for (SettingProblem& problem : settings.problems) problems_.push_back(std::move(problem));
    ChosenSettings here;
    for (Setting& setting : settings.found) take_setting(std::move(setting), here);
    for (auto& [key, chosen] : here) chosen_[key] = std::move(chosen);
  }

  // What systemd hands over (LoadCredential=): SECTION.KEY as a file each, and the key folder.
  void take_credentials(const Environment& environment);
  void environment_typing_mistakes(const Environment& environment);
  void read_all();
  void check_together();
  Result<Config> finish();

 private:
  void take_setting(Setting setting, ChosenSettings& here);
  void unknown_key(const Setting& setting);
  void read_one(const ConfigKey& key, const Chosen& chosen);
  bool load_secret(const ConfigKey& key, Setting& setting);
  bool read_secret(const std::string& path, const ConfigKey& key, Setting& setting);
  void check_smtp();
  void check_mail();
  void check_bounces();
  void check_dkim();
  void read_dkim_key(const std::string& selector, const std::string& path);
  void check_listeners();

  const Setting* set(std::string_view section, std::string_view key) const {
    const auto found = chosen_.find(find_config_key(section, key));
    return found == chosen_.end() ? nullptr : &found->second.setting;
  }
  // Blames the setting if there is one, else the file. A setting that has a problem of its own is
  // not blamed for what follows from it.
  void problem(std::string_view section, std::string_view key, const std::string& text) {
    const ConfigKey* known = find_config_key(section, key);
    if (broken_.contains(known)) return;
    const Setting* setting = set(section, key);
    problems_.push_back({(setting != nullptr ? setting->origin : config_.file) + ": [" +
                             std::string(section) + "] " + std::string(key) + ": " + text,
                         setting != nullptr ? setting->line : 0});
  }
  void broken(const ConfigKey& key, const Setting& setting, const std::string& text) {
    problems_.push_back({text, setting.line});
    broken_.insert(&key);
  }
  static std::string where(const Setting& setting) {
    return setting.origin + ": [" + setting.section + "] " + setting.key + ": ";
  }

  Config config_;
  ChosenSettings chosen_;
  std::set<const ConfigKey*> broken_;
  std::vector<SettingProblem> problems_;
};

void ConfigBuilder::unknown_key(const Setting& setting) {
  std::vector<std::string_view> sections, keys;
  for (const ConfigKey& known : config_keys()) {
    sections.push_back(known.section);
    if (known.section == setting.section) keys.push_back(known.key);
  }
  const bool known_section = !keys.empty();
  const auto near =
      nearest_name(known_section ? setting.key : setting.section, known_section ? keys : sections);
  std::string text = setting.origin + ": [" + setting.section + "]";
  if (known_section) text += " " + setting.key;
  text += known_section ? ": unknown key" : ": unknown section";
  if (!near.empty()) text += ", did you mean \"" + std::string(near) + "\"?";
  problems_.push_back({std::move(text), setting.line});
}

void ConfigBuilder::take_setting(Setting setting, ChosenSettings& here) {
  const auto keys = config_keys();
  const bool known_section = std::any_of(keys.begin(), keys.end(), [&](const ConfigKey& known) {
    return known.section == setting.section;
  });
  // A section's own line stands before its keys: an unknown section is told once, there.
  if (setting.key.empty() && !setting.from_environment()) {
    if (!known_section) unknown_key(setting);
    return;
  }
  if (!known_section && !setting.from_environment()) return;
  std::string_view name = setting.key;
  const ConfigKey* key = find_config_key(setting.section, name);
  bool is_file = false;
  if (key == nullptr && name.ends_with(kFileSuffix)) {
    name.remove_suffix(kFileSuffix.size());
    key = find_config_key(setting.section, name);
    is_file = true;
    if (key != nullptr && key->kind != ConfigKey::Kind::kSecret) key = nullptr;
  }
  if (key == nullptr) return unknown_key(setting);
  if (here.contains(key)) {
    broken(*key, setting, where(setting) + "is set twice (" + here[key].setting.origin + ")");
    return;
  }
  here[key] = Chosen{std::move(setting), is_file};
}

void ConfigBuilder::take_credentials(const Environment& environment) {
  const auto variable = std::find_if(environment.begin(), environment.end(), [](const auto& one) {
    return one.first == "CREDENTIALS_DIRECTORY";
  });
  if (variable == environment.end() || !variable->second.starts_with('/')) return;
  const std::string& folder = variable->second;
  if (exists(folder + "/keys_address.key")) {
    const ConfigKey* const dir = find_config_key("keys", "dir");
    chosen_[dir] = Chosen{Setting{"keys", "dir", folder, "credential keys", 0}, false};
  }
  for (const ConfigKey& key : config_keys()) {
    const std::string name = std::string(key.section) + "." + std::string(key.key);
    if (!exists(folder + "/" + name)) continue;
    Setting setting{std::string(key.section), std::string(key.key), "", "credential " + name, 0};
    if (read_secret(folder + "/" + name, key, setting)) chosen_[&key] = Chosen{setting, false};
  }
}

// One underscore where two belong would be ignored in silence otherwise.
void ConfigBuilder::environment_typing_mistakes(const Environment& environment) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("JAWORT_") || name.find("__") != std::string::npos) continue;
    const std::string rest = ascii_lower(std::string_view(name).substr(7));
    const std::size_t underscore = rest.find('_');
    if (underscore == std::string::npos) continue;
    const std::string section = rest.substr(0, underscore);
    if (find_config_key(section, rest.substr(underscore + 1)) == nullptr) continue;
    problems_.push_back({name + ": two underscores belong between section and key: JAWORT_" +
                             name.substr(7, underscore) + "__" + name.substr(7 + underscore + 1),
                         0});
  }
}

// The setting's value is what the file holds.
bool ConfigBuilder::read_secret(const std::string& path, const ConfigKey& key, Setting& setting) {
  auto content = read_secret_file(path, kSecretLimit);
  if (!content.ok()) {
    broken(key, setting, where(setting) + content.error().message);
    return false;
  }
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  setting.key = key.key;
  setting.value = std::move(*content);
  return true;
}

bool ConfigBuilder::load_secret(const ConfigKey& key, Setting& setting) {
  SettingReader reader(setting);
  const auto path = reader.text();
  if (path) return read_secret(in_folder(config_.folder, *path), key, setting);
  broken(key, setting, where(setting) + reader.problem());
  return false;
}

void ConfigBuilder::read_one(const ConfigKey& key, const Chosen& chosen) {
  Setting setting = chosen.setting;
  const std::string blamed = where(setting);
  if (chosen.is_file && !load_secret(key, setting)) return;
  SettingReader reader(setting);
  key.read(reader, config_);
  if (!reader.problem().empty()) {
    broken(key, setting, blamed + reader.problem());
    return;
  }
  if (key.kind == ConfigKey::Kind::kSecret && !chosen.is_file && !setting.from_environment()) {
    config_.holds_secret = true;
  }
  if (key.kind == ConfigKey::Kind::kNotActive) {
    config_.warnings.push_back(blamed + "not active yet in this version");
  }
}

void ConfigBuilder::read_all() {
  for (const auto& [key, chosen] : chosen_) read_one(*key, chosen);
}

void ConfigBuilder::check_listeners() {
  const ListenAddress& listen = config_.server.listen;
  const ListenAddress& admin = config_.server.admin_listen;
  if (listen.port != 0 && listen.port == admin.port) {
    problem("server", "admin_listen", "must have another port than listen");
  }
  if (!config_.server.public_url.empty() || set("server", "public_url") != nullptr) return;
  if (!is_loopback(listen.host)) {
    problem("server", "public_url",
            "is missing: links in mails begin with it, for example \"https://optin.example.org\"");
  } else if (listen.port != 0) {
    config_.server.public_url = "http://" + listen.text();
  }
}

void ConfigBuilder::check_smtp() {
  const bool password = set("smtp", "password") != nullptr;
  const bool username = set("smtp", "username") != nullptr;
  if (password && !username) problem("smtp", "password", "needs a username beside it");
  if (username && !password) problem("smtp", "username", "needs a password beside it");
  const bool from_start = config_.smtp.url.starts_with("smtps:");
  if (set("smtp", "tls") == nullptr) {
    if (password || from_start) config_.smtp.tls = TlsPolicy::kRequired;
    return;
  }
  if (config_.smtp.tls != TlsPolicy::kRequired && password) {
    problem("smtp", "tls", "must be required where a password is set");
  } else if (config_.smtp.tls != TlsPolicy::kRequired && from_start) {
    problem("smtp", "tls", "must be required with smtps://");
  }
}

void ConfigBuilder::check_bounces() {
  if (set("bounces", "url") == nullptr) {
    for (const std::string_view key : {"username", "password", "ca_file", "every"}) {
      if (set("bounces", key) != nullptr) problem("bounces", key, "needs a url beside it");
    }
    return;
  }
  if (config_.bounces.url.empty()) return;  // refused already
  for (const std::string_view key : {"username", "password"}) {
    if (set("bounces", key) == nullptr) {
      return problem("bounces", "url", "needs a " + std::string(key) + " beside it");
    }
  }
  if (set("mail", "bounce_domain") == nullptr) {
    problem("bounces", "url",
            "needs [mail] bounce_domain: only addresses below it say which mail came back");
  }
}

void ConfigBuilder::check_mail() {
  if (set("mail", "from") == nullptr) {
    problem("mail", "from",
            "is missing: the sender of all mails, for example \"Name <news@example.org>\"");
  }
  const bool selector = set("mail", "dkim_selector") != nullptr;
  const bool key = set("mail", "dkim_key") != nullptr;
  if (selector && !key) problem("mail", "dkim_selector", "needs a dkim_key beside it");
  if (key && !selector) problem("mail", "dkim_key", "needs a dkim_selector beside it");
  if (selector && key) check_dkim();
  if (config_.mail.dkim.domain.empty()) {
    const std::string& from = config_.mail.from.address;
    config_.mail.dkim.domain = ascii_lower(from.substr(from.rfind('@') + 1));
  }
}

void ConfigBuilder::check_dkim() {
  const auto& selectors = config_.mail.dkim_selectors;
  const auto& files = config_.mail.dkim_files;
  if (selectors.empty() || files.empty()) return;  // refused already
  if (selectors.size() != files.size()) {
    problem("mail", "dkim_key",
            "names " + std::to_string(files.size()) + " and dkim_selector " +
                std::to_string(selectors.size()) +
                ": each key needs its selector, in the same order");
  } else if (files.size() > kMostDkimKeys) {
    problem("mail", "dkim_key", "names more than " + std::to_string(kMostDkimKeys) + " keys");
  } else {
    for (std::size_t i = 0; i < files.size(); ++i) read_dkim_key(selectors[i], files[i]);
  }
}

void ConfigBuilder::read_dkim_key(const std::string& selector, const std::string& path) {
  const auto pem = read_secret_file(path, kSecretLimit);
  if (!pem.ok()) {
    std::string text = pem.error().message;
    if (pem.error().kind == ErrorKind::kNotFound) {
      text += "; take this line and dkim_selector out, make the key (jawort keys dkim " + selector +
              "), then put them back";
    }
    return problem("mail", "dkim_key", text);
  }
  auto key = DkimKey::from_pem(*pem);
  if (!key.ok()) return problem("mail", "dkim_key", path + " " + key.error().message);
  config_.mail.dkim.keys.push_back({selector, std::move(*key)});
}

void ConfigBuilder::check_together() {
  check_listeners();
  check_bounces();
  check_smtp();
  check_mail();
}

Result<Config> ConfigBuilder::finish() {
  if (problems_.empty()) return std::move(config_);
  // In the order of the file; then what belongs to no line of it.
  std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
    return (a.line == 0 ? INT_MAX : a.line) < (b.line == 0 ? INT_MAX : b.line);
  });
  std::string message;
  for (const SettingProblem& problem : problems_) {
    if (!message.empty()) message += "\n";
    message += problem.text;
  }
  return configuration_error(std::move(message));
}

}  // namespace

std::string Config::data_folder() const { return folder_of(database.path); }

std::string Config::control_socket() const {
  constexpr std::string_view kSuffix = ".db";
  std::string path = database.path;
  if (path.ends_with(kSuffix)) path.erase(path.size() - kSuffix.size());
  return path + ".sock";
}

Result<std::string> find_config(const std::string& wanted) {
  if (!wanted.empty()) {
    if (exists(wanted)) return wanted;
    return configuration_error(wanted + ": there is no such file");
  }
  for (const char* const place : {"jawort.toml", "/etc/jawort/jawort.toml"}) {
    if (exists(place)) return std::string(place);
  }
  return configuration_error(
      "no configuration: neither ./jawort.toml nor /etc/jawort/jawort.toml is there.\n"
      "`jawort init` writes one, `jawort demo` needs none, --config FILE names another.");
}

Result<Config> parse_config(std::string_view toml, const std::string& file,
                            const Environment& environment) {
  ConfigBuilder builder(file);
  Settings from_file = read_toml_settings(toml, file);
  const bool unreadable = from_file.found.empty() && !from_file.problems.empty();
  builder.take(std::move(from_file));
  if (unreadable) return builder.finish();  // everything else would be a consequence of it
  builder.take_credentials(environment);
  builder.take(read_environment_settings(environment));
  builder.environment_typing_mistakes(environment);
  builder.read_all();
  builder.check_together();
  return builder.finish();
}

Result<Config> load_config(const std::string& file, const Environment& environment) {
  const auto toml = read_file(file, kConfigLimit);
  if (!toml.ok()) return configuration_error(toml.error().message);
  return parse_config(*toml, file, environment);
}

}  // namespace jawort
