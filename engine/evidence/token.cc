#include "engine/evidence/token.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

using std::chrono::seconds;

constexpr std::size_t kBlockSize = 16;
constexpr std::size_t kKeyAt = 1;
constexpr std::size_t kBlockAt = 2;
constexpr std::size_t kExpiryAt = kBlockAt + kBlockSize;
constexpr std::size_t kMacAt = kExpiryAt + 4;
constexpr std::size_t kTokenSize = kMacAt + 32;
static_assert(kTokenSize * 4 == kTokenLength * 3);  // no bit of base64 left over

// In an address: key id, block, shortened MAC.
constexpr std::size_t kShortMacAt = 1 + kBlockSize;
constexpr std::size_t kShortMacSize = 13;
constexpr std::size_t kShortSize = kShortMacAt + kShortMacSize;
static_assert(kShortSize * 8 == kAddressTokenLength * 5);  // nor of base32

using Block = std::array<std::uint8_t, kBlockSize>;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// One AES-128 block (FIPS 197), which EVP calls ECB. Each thread keeps its context.
Block aes128(ByteView key, ByteView in, bool encrypt) {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  Block out{};
  int written = 0;
  const bool done =
      algorithm != nullptr && context != nullptr &&
      EVP_CipherInit_ex2(context.get(), algorithm, key.data(), nullptr, encrypt ? 1 : 0, nullptr) ==
          1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
      EVP_CipherUpdate(context.get(), out.data(), &written, in.data(), kBlockSize) == 1 &&
      written == kBlockSize;
  if (!done) std::abort();  // no provider or no memory: neither passes
  return out;
}

void put_number(std::span<std::uint8_t> out, std::uint64_t value) {
  for (auto byte = out.rbegin(); byte != out.rend(); ++byte, value >>= 8U) {
    *byte = static_cast<std::uint8_t>(value);
  }
}

std::uint64_t get_number(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return value;
}

// 0 means never. A moment at or before 1970 must not turn into that, so it becomes second 1; one
// that four bytes cannot hold becomes never, which is at least not shorter than promised.
std::uint64_t expiry_number(const std::optional<Instant>& expires_at) {
  if (!expires_at) return 0;
  const std::int64_t second = std::chrono::ceil<seconds>(*expires_at).time_since_epoch().count();
  if (second > UINT32_MAX) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(second, 1));
}

Block plain_block(TokenObject object, std::int64_t id) {
  Block block{};
  put_number(std::span(block).first(8), static_cast<std::uint64_t>(id));
  block[8] = static_cast<std::uint8_t>(object);
  return block;
}

std::optional<TokenObject> parse_object(std::uint8_t byte) {
  for (const TokenObject object : {TokenObject::kMail, TokenObject::kConsent}) {
    if (byte == static_cast<std::uint8_t>(object)) return object;
  }
  return std::nullopt;
}

// What the block under the cipher names; nothing when no encryption of ours has made it.
std::optional<TokenContent> named_by(const Block& block) {
  const auto object = parse_object(block[8]);
  const auto id = static_cast<std::int64_t>(get_number(ByteView(block).first(8)));
  if (!object || id <= 0 || block != plain_block(*object, id)) return std::nullopt;
  TokenContent content;
  content.object = *object;
  content.id = id;
  return content;
}

// The whole MAC; a token in an address has the beginning of it.
Hash256 mac_in_address(const Secret& key, TokenKind kind, ByteView key_and_block) {
  Bytes bytes{static_cast<std::uint8_t>(kind)};
  bytes.insert(bytes.end(), key_and_block.begin(), key_and_block.end());
  return hmac_sha256(key.reveal(), bytes);
}

}  // namespace

struct TokenBox::Derived {
  struct Pair {
    Secret mac;         // 32 bytes
    Secret identifier;  // 16 bytes, AES-128
  };
  mutable std::shared_mutex mutex;     // guards by_id
  std::map<std::uint8_t, Pair> by_id;  // only ever added to: what was found stays

  const Pair* find(std::uint8_t id) const {
    const std::shared_lock lock(mutex);
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : &found->second;
  }
  static Secret subkey(const Secret& key, std::string_view label, std::size_t size) {
    Hash256 hash = hmac_sha256(key.reveal(), as_bytes(label));
    Secret out(Bytes(hash.begin(), hash.begin() + static_cast<std::ptrdiff_t>(size)));
    OPENSSL_cleanse(hash.data(), hash.size());
    return out;
  }
};

TokenBox::TokenBox(const Keys& keys) : derived_(std::make_unique<Derived>()) {
  for (const std::uint8_t id : keys.token.ids()) add(id, *keys.token.find(id));
}

void TokenBox::add(std::uint8_t id, const Secret& key) {
  Derived::Pair pair{Derived::subkey(key, "jawort/token/mac/1", 32),
                     Derived::subkey(key, "jawort/token/identifier/1", kBlockSize)};
  const std::unique_lock lock(derived_->mutex);
  derived_->by_id.emplace(id, std::move(pair));
}

TokenBox::~TokenBox() = default;

std::uint8_t TokenBox::current_key() const {
  const std::shared_lock lock(derived_->mutex);
  return derived_->by_id.rbegin()->first;
}

std::string TokenBox::make(const TokenContent& content) const {
  return make(content, current_key());
}

std::string TokenBox::make(const TokenContent& content, std::uint8_t key_id) const {
  if (in_addresses(content.kind)) return make_for_address(content, key_id);
  const Derived::Pair* const key = derived_->find(key_id);
  if (key == nullptr) return {};
  std::array<std::uint8_t, kTokenSize> token{};
  const std::span<std::uint8_t> bytes(token);
  token[0] = static_cast<std::uint8_t>(content.kind);
  token[kKeyAt] = key_id;
  const Block block =
      aes128(key->identifier.reveal(), plain_block(content.object, content.id), true);
  std::copy(block.begin(), block.end(), token.begin() + kBlockAt);
  put_number(bytes.subspan(kExpiryAt, 4), expiry_number(content.expires_at));
  const Hash256 mac = hmac_sha256(key->mac.reveal(), bytes.first(kMacAt));
  std::copy(mac.begin(), mac.end(), token.begin() + kMacAt);
  return to_base64url(token);
}

std::optional<TokenContent> TokenBox::open(std::string_view token, TokenKind kind) const {
  if (in_addresses(kind)) return open_of_address(token, kind);
  if (token.size() != kTokenLength) return std::nullopt;
  const auto decoded = from_base64url(token);
  if (!decoded) return std::nullopt;
  const ByteView bytes(*decoded);
  const Derived::Pair* const key = derived_->find(bytes[kKeyAt]);
  if (key == nullptr) return std::nullopt;
  const Hash256 mac = hmac_sha256(key->mac.reveal(), bytes.first(kMacAt));
  if (!equal_in_constant_time(mac, bytes.subspan(kMacAt))) return std::nullopt;
  if (bytes[0] != static_cast<std::uint8_t>(kind)) return std::nullopt;

  auto content =
      named_by(aes128(key->identifier.reveal(), bytes.subspan(kBlockAt, kBlockSize), false));
  if (!content) return std::nullopt;
  content->kind = kind;
  content->key = bytes[kKeyAt];
  const std::uint64_t expiry = get_number(bytes.subspan(kExpiryAt, 4));
  if (expiry != 0) content->expires_at = Instant(seconds(expiry));
  return content;
}

std::string TokenBox::make_for_address(const TokenContent& content, std::uint8_t key_id) const {
  const Derived::Pair* const key = derived_->find(key_id);
  if (key == nullptr) return {};
  std::array<std::uint8_t, kShortSize> token{};
  token[0] = key_id;
  const Block block =
      aes128(key->identifier.reveal(), plain_block(content.object, content.id), true);
  std::copy(block.begin(), block.end(), token.begin() + 1);
  const Hash256 mac = mac_in_address(key->mac, content.kind, ByteView(token).first(kShortMacAt));
  std::copy_n(mac.begin(), kShortMacSize, token.begin() + kShortMacAt);
  return to_base32(token);
}

std::optional<TokenContent> TokenBox::open_of_address(std::string_view token,
                                                      TokenKind kind) const {
  if (token.size() != kAddressTokenLength) return std::nullopt;
  const auto decoded = from_base32(ascii_lower(token));
  if (!decoded) return std::nullopt;
  const ByteView bytes(*decoded);
  const Derived::Pair* const key = derived_->find(bytes[0]);
  if (key == nullptr) return std::nullopt;
  const Hash256 mac = mac_in_address(key->mac, kind, bytes.first(kShortMacAt));
  if (!equal_in_constant_time(ByteView(mac).first(kShortMacSize), bytes.subspan(kShortMacAt))) {
    return std::nullopt;
  }
  auto content = named_by(aes128(key->identifier.reveal(), bytes.subspan(1, kBlockSize), false));
  if (!content) return std::nullopt;
  content->kind = kind;
  content->key = bytes[0];
  return content;
}

std::int64_t address_key(const Secret& key, std::string_view normalised_address) {
  const Hash256 hash = hmac_sha256(key.reveal(), as_bytes(normalised_address));
  return static_cast<std::int64_t>(get_number(ByteView(hash).first(8)));
}

}  // namespace jawort
