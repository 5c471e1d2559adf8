#include "engine/evidence/keys.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <openssl/crypto.h>

#include "engine/base/file.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kSecretSize = 32;
constexpr unsigned kMaxNumber = 255;
constexpr std::string_view kKeySuffix = ".key";
constexpr std::string_view kAddressName = "address.key";
constexpr std::string_view kCredential = "keys_";  // systemd: LoadCredential=keys:FOLDER
constexpr std::string_view kCreated = "created ";

std::string path_in(const std::string& folder, std::string_view name) {
  return folder + (folder.ends_with('/') ? "" : "/") + std::string(name);
}

// Keys of which there may be several, each with a number in its name.
struct NumberedKind {
  std::string_view prefix;
  std::string_view what;
};
constexpr NumberedKind kToken{"token-", "token key"};
constexpr NumberedKind kLedger{"ledger-", "ledger key"};

std::string numbered_name(const NumberedKind& kind, unsigned id) {
  return std::string(kind.prefix) + std::to_string(id) + std::string(kKeySuffix);
}

bool is_of_kind(const NumberedKind& kind, std::string_view name) {
  return name.starts_with(kind.prefix) && name.ends_with(kKeySuffix) &&
         name.size() >= kind.prefix.size() + kKeySuffix.size();
}

// "token-7.key" → 7; nothing unless it is 1 to 255 in its one spelling.
std::optional<std::uint8_t> number_in(const NumberedKind& kind, std::string_view name) {
  std::string_view digits = name.substr(kind.prefix.size());
  digits.remove_suffix(kKeySuffix.size());
  std::uint8_t id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, id);
  if (error != std::errc() || stop != end || id == 0 || digits.front() == '0') return std::nullopt;
  return id;
}

// All key files in a folder: name without the credential's prefix, and path. Other files are none
// of our business.
using KeyPaths = std::map<std::string, std::string>;
Result<KeyPaths> key_paths(const std::string& folder) {
  KeyPaths paths;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    std::string name = file.starts_with(kCredential) ? file.substr(kCredential.size()) : file;
    if (name != kAddressName && !is_of_kind(kToken, name) && !is_of_kind(kLedger, name)) continue;
    const auto [known, fresh] = paths.emplace(std::move(name), path_in(folder, file));
    if (!fresh) return configuration_error(path_in(folder, file) + ": this key is there twice");
  }
  if (error) return configuration_error("cannot read the key folder " + folder);
  return paths;
}

Status make_private_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0) {
    if (errno != EEXIST) return storage_error("cannot make the key folder " + folder);
    return {};
  }
  std::filesystem::path path(folder);
  if (!path.has_filename()) path = path.parent_path();  // "keys/"
  const std::filesystem::path parent = path.parent_path();
  return sync_folder(parent.empty() ? "." : parent.string());
}

Result<Secret> write_key(const std::string& path, Random& random, Instant now) {
  auto bytes = random.bytes<kSecretSize>();
  Secret secret{Bytes(bytes.begin(), bytes.end())};
  std::string text = to_base64(bytes) + "\n" + std::string(kCreated) + rfc3339(now) + "\n";
  const Status written = write_file_durably(path, as_bytes(text), 0600, IfExists::kRefuse);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  OPENSSL_cleanse(text.data(), text.size());
  if (!written.ok()) return written.error();
  return secret;
}

// Whoever may write into the folder may put a key of their own there.
Status check_folder(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) {
    return configuration_error("cannot read the key folder " + folder);
  }
  if ((status.st_mode & 0022U) == 0) return {};
  return configuration_error("other users may write into the key folder " + folder +
                             "; make it private: chmod 700 " + folder);
}

struct KeyText {
  Secret secret;
  std::optional<Instant> created_at;
};

Result<KeyText> read_key(const std::string& path) {
  auto text = read_secret_file(path, 256);
  if (!text) return configuration_error(text.error().message);
  const std::size_t end = text->find('\n');
  const std::string_view first = trim_ascii_space(std::string_view(*text).substr(0, end));
  const std::string_view rest =
      end == std::string::npos ? "" : trim_ascii_space(std::string_view(*text).substr(end));
  KeyText key;
  const bool dated = rest.starts_with(kCreated);
  if (dated) key.created_at = parse_rfc3339(rest.substr(kCreated.size()));
  auto bytes = from_base64(first);
  key.secret = Secret(bytes ? std::move(*bytes) : Bytes());
  const bool well_formed = rest.empty() || (dated && key.created_at);
  OPENSSL_cleanse(text->data(), text->size());
  if (!well_formed || key.secret.reveal().size() != kSecretSize) {
    return configuration_error("key file " + path + " does not hold 32 bytes in base64");
  }
  return key;
}

struct ReadKey {
  std::uint8_t id = 0;
  KeyText key;
};

// In order of their numbers.
Result<std::vector<ReadKey>> read_keys(const std::string& folder, const KeyPaths& paths,
                                       const NumberedKind& kind) {
  JAWORT_TRY(check_folder(folder));
  std::vector<ReadKey> keys;
  for (const auto& [name, path] : paths) {
    if (!is_of_kind(kind, name)) continue;
    const auto id = number_in(kind, name);
    if (!id) {
      return configuration_error(path + ": the number of a " + std::string(kind.what) +
                                 " is 1 to 255");
    }
    auto key = read_key(path);
    if (!key) return key.error();
    keys.push_back({*id, std::move(*key)});
  }
  std::ranges::sort(keys, {}, &ReadKey::id);
  return keys;
}

Result<std::vector<ReadKey>> read_token_keys(const std::string& folder, const KeyPaths& paths) {
  auto keys = read_keys(folder, paths, kToken);
  if (keys && keys->empty()) {
    return configuration_error("key file " + path_in(folder, numbered_name(kToken, 1)) +
                               " is missing");
  }
  return keys;
}

// "token-2.key.new-a1B2c3": a rotation was killed before it was done.
void remove_unfinished(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::size_t suffix = name.find(std::string(kKeySuffix) + ".new-");
    const bool ours = name.starts_with(kToken.prefix) || name.starts_with(kLedger.prefix);
    if (!ours || suffix == std::string::npos) continue;
    (void)::unlink(path_in(folder, name).c_str());
  }
}

Result<NewKey> add_key(const std::string& folder, const NumberedKind& kind, unsigned id,
                       Random& random, Instant now) {
  if (id > kMaxNumber) {
    return refused("all 255 numbers of a " + std::string(kind.what) + " are used in " + folder);
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    return refused("the key folder " + folder +
                   " cannot be written here; add a key where it is kept, then restart");
  }
  remove_unfinished(folder);
  auto secret = write_key(path_in(folder, numbered_name(kind, id)), random, now);
  if (!secret) return secret.error();
  return NewKey{static_cast<std::uint8_t>(id), std::move(*secret)};
}

std::vector<KeyFile> files_of(const std::vector<ReadKey>& keys) {
  std::vector<KeyFile> files;
  for (const ReadKey& key : keys) files.push_back({key.id, key.key.created_at});
  return files;
}

}  // namespace

void KeyRing::emplace(std::uint8_t id, Secret key) {
  const std::unique_lock lock(shared_->mutex);
  shared_->by_id.emplace(id, std::move(key));
}

const Secret* KeyRing::find(std::uint8_t id) const {
  const std::shared_lock lock(shared_->mutex);
  const auto found = shared_->by_id.find(id);
  return found == shared_->by_id.end() ? nullptr : &found->second;
}

std::uint8_t KeyRing::current() const {
  const std::shared_lock lock(shared_->mutex);
  return shared_->by_id.empty() ? std::uint8_t{0} : shared_->by_id.rbegin()->first;
}

std::vector<std::uint8_t> KeyRing::ids() const {
  const std::shared_lock lock(shared_->mutex);
  std::vector<std::uint8_t> ids;
  for (const auto& [id, key] : shared_->by_id) ids.push_back(id);
  return ids;
}

Status create_keys(const std::string& folder, Random& random, Instant now) {
  JAWORT_TRY(make_private_folder(folder));
  const auto paths = key_paths(folder);
  if (!paths) return paths.error();
  if (!paths->empty()) {
    return refused("key file " + paths->begin()->second + " exists already and is not overwritten");
  }
  JAWORT_TRY(write_key(path_in(folder, kAddressName), random, now));
  JAWORT_TRY(write_key(path_in(folder, numbered_name(kLedger, 1)), random, now));
  JAWORT_TRY(write_key(path_in(folder, numbered_name(kToken, 1)), random, now));
  return {};
}

Result<Keys> load_keys(const std::string& folder) {
  const auto paths = key_paths(folder);
  if (!paths) return paths.error();
  auto tokens = read_token_keys(folder, *paths);
  if (!tokens) return tokens.error();
  auto ledger = read_keys(folder, *paths, kLedger);
  if (!ledger) return ledger.error();
  const auto found = paths->find(std::string(kAddressName));
  auto address = read_key(found == paths->end() ? path_in(folder, kAddressName) : found->second);
  if (!address) return address.error();
  Keys keys;
  for (ReadKey& key : *tokens) keys.token.emplace(key.id, std::move(key.key.secret));
  for (ReadKey& key : *ledger) keys.ledger.emplace(key.id, std::move(key.key.secret));
  keys.address = std::move(address->secret);
  return keys;
}

Result<NewKey> add_token_key(const std::string& folder, Random& random, Instant now) {
  const auto known = list_token_keys(folder);
  if (!known) return known.error();
  return add_key(folder, kToken, known->back().id + 1U, random, now);
}

Result<NewKey> add_ledger_key(const std::string& folder, std::uint8_t above, Random& random,
                              Instant now) {
  const auto known = list_ledger_keys(folder);
  if (!known) return known.error();
  const std::uint8_t highest = known->empty() ? std::uint8_t{0} : known->back().id;
  return add_key(folder, kLedger, std::max(highest, above) + 1U, random, now);
}

Result<std::vector<KeyFile>> list_token_keys(const std::string& folder) {
  const auto paths = key_paths(folder);
  if (!paths) return paths.error();
  const auto keys = read_token_keys(folder, *paths);
  if (!keys) return keys.error();
  return files_of(*keys);
}

Result<std::vector<KeyFile>> list_ledger_keys(const std::string& folder) {
  const auto paths = key_paths(folder);
  if (!paths) return paths.error();
  const auto keys = read_keys(folder, *paths, kLedger);
  if (!keys) return keys.error();
  return files_of(*keys);
}

}  // namespace jawort
