#include "engine/evidence/keys.h"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <openssl/crypto.h>

#include "engine/base/file.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kSecretSize = 32;
constexpr std::string_view kTokenPrefix = "token-";
constexpr std::string_view kKeySuffix = ".key";
constexpr std::string_view kAddressName = "address.key";

std::string path_in(const std::string& folder, std::string_view name) {
  return folder + (folder.ends_with('/') ? "" : "/") + std::string(name);
}

std::string token_name(unsigned id) {
  return std::string(kTokenPrefix) + std::to_string(id) + std::string(kKeySuffix);
}

bool is_token_name(std::string_view name) {
  return name.starts_with(kTokenPrefix) && name.ends_with(kKeySuffix) &&
         name.size() >= kTokenPrefix.size() + kKeySuffix.size();
}

// "token-7.key" → 7; nothing unless it is 1 to 255 in its one spelling.
std::optional<std::uint8_t> token_id(std::string_view name) {
  std::string_view digits = name.substr(kTokenPrefix.size());
  digits.remove_suffix(kKeySuffix.size());
  std::uint8_t id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, id);
  if (error != std::errc() || stop != end || id == 0 || digits.front() == '0') return std::nullopt;
  return id;
}

// Names of all key files in a folder, sorted. Other files are none of our business.
Result<std::set<std::string>> key_names(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name == kAddressName || is_token_name(name)) names.insert(std::move(name));
  }
  if (error) return configuration_error("cannot read the key folder " + folder);
  return names;
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

Status write_key(const std::string& path, Random& random) {
  auto secret = random.bytes<kSecretSize>();
  std::string text = to_base64(secret) + "\n";
  Status written = write_file_durably(path, as_bytes(text), 0600, IfExists::kRefuse);
  OPENSSL_cleanse(secret.data(), secret.size());
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

Status check_private(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return configuration_error("key file " + path + " is missing or cannot be reached");
  }
  if (!S_ISREG(status.st_mode)) return configuration_error(path + " is not a file");
  if ((status.st_mode & 0077U) != 0) {
    return configuration_error("key file " + path +
                               " is open to other users; make it private: chmod 600 " + path);
  }
  return {};
}

Result<Secret> read_key(const std::string& path) {
  JAWORT_TRY(check_private(path));
  auto text = read_file(path, 256);
  if (!text) return configuration_error(text.error().message);
  auto bytes = from_base64(trim_ascii_space(*text));
  OPENSSL_cleanse(text->data(), text->size());
  Secret secret(bytes ? std::move(*bytes) : Bytes());
  if (secret.reveal().size() != kSecretSize) {
    return configuration_error("key file " + path + " does not hold 32 bytes in base64");
  }
  return secret;
}

}  // namespace

Status create_keys(const std::string& folder, Random& random) {
  JAWORT_TRY(make_private_folder(folder));
  const auto names = key_names(folder);
  if (!names) return names.error();
  if (!names->empty()) {
    return refused("key file " + path_in(folder, *names->begin()) +
                   " exists already and is not overwritten");
  }
  JAWORT_TRY(write_key(path_in(folder, kAddressName), random));
  return write_key(path_in(folder, token_name(1)), random);
}

Result<Keys> load_keys(const std::string& folder) {
  const auto names = key_names(folder);
  if (!names) return names.error();
  Keys keys;
  for (const std::string& name : *names) {
    if (name == kAddressName) continue;
    const std::string path = path_in(folder, name);
    const auto id = token_id(name);
    if (!id) return configuration_error(path + ": the number of a token key is 1 to 255");
    auto secret = read_key(path);
    if (!secret) return secret.error();
    keys.token.emplace(*id, std::move(*secret));
  }
  if (keys.token.empty()) {
    return configuration_error("key file " + path_in(folder, token_name(1)) + " is missing");
  }
  auto address = read_key(path_in(folder, kAddressName));
  if (!address) return address.error();
  keys.address = std::move(*address);
  return keys;
}

}  // namespace jawort
