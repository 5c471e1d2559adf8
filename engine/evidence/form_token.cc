#include "engine/evidence/form_token.h"

#include <openssl/crypto.h>

#include "engine/evidence/bytes_io.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr unsigned kTimeSize = 6;
constexpr std::size_t kMacAt = 1 + kTimeSize;
constexpr std::size_t kSize = kMacAt + 32;
static_assert(kSize % 3 == 0);  // no bit of base64 left over

// The version has a fixed length, so that what follows it can only be the form.
Hash256 mac_of(const Secret& key, ByteView head, const Hash256& version, std::string_view form) {
  Hash256 mac_key = hmac_sha256(key.reveal(), as_bytes("jawort/form-token/mac/1"));
  Bytes message(head.begin(), head.end());
  message.insert(message.end(), version.begin(), version.end());
  message.insert(message.end(), form.begin(), form.end());
  const Hash256 mac = hmac_sha256(mac_key, message);
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
  return mac;
}

}  // namespace

std::string make_form_token(const Keys& keys, std::string_view form, const Hash256& version,
                            Instant shown_at) {
  const std::uint8_t key_id = keys.token.current();
  ByteWriter head(kSize);
  head.number(key_id, 1);
  head.number(static_cast<std::uint64_t>(to_millis(shown_at)), kTimeSize);
  Bytes token = head.take();
  const Hash256 mac = mac_of(*keys.token.find(key_id), token, version, form);
  token.insert(token.end(), mac.begin(), mac.end());
  return to_base64url(token);
}

std::optional<Instant> open_form_token(const Keys& keys, std::string_view token,
                                       std::string_view form, const Hash256& version) {
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != kSize) return std::nullopt;
  const ByteView view(*bytes);
  const Secret* const key = keys.token.find(view[0]);
  if (key == nullptr) return std::nullopt;
  const Hash256 mac = mac_of(*key, view.first(kMacAt), version, form);
  if (CRYPTO_memcmp(mac.data(), view.data() + kMacAt, mac.size()) != 0) return std::nullopt;
  ByteReader time(view.subspan(1, kTimeSize));
  return from_millis(static_cast<std::int64_t>(time.number(kTimeSize)));
}

}  // namespace jawort
