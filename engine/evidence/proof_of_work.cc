#include "engine/evidence/proof_of_work.h"

#include <algorithm>
#include <charconv>

#include <openssl/crypto.h>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

using std::chrono::seconds;

constexpr std::size_t kRandomDigits = 24;

std::string sign(const Secret& key, std::string_view challenge) {
  Hash256 mac_key = hmac_sha256(key.reveal(), as_bytes("jawort/proof-of-work/mac/1"));
  std::string signature = to_hex(hmac_sha256(mac_key, as_bytes(challenge)));
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
  return signature;
}

std::string hashed(std::string_view salt, std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return to_hex(sha256({as_bytes(salt), as_bytes(digits)}));
}

std::string salt_of(std::string_view digits, std::string_view form, std::int64_t expiry) {
  return std::string(digits) + "?form=" + std::string(form) + "&expires=" + std::to_string(expiry) +
         "&";
}

// The expiry in a salt of this form, in the one spelling that salt_of gives it.
std::optional<std::int64_t> expiry_in(std::string_view salt, std::string_view form) {
  const std::string before = "?form=" + std::string(form) + "&expires=";
  if (salt.size() < kRandomDigits + before.size()) return std::nullopt;
  const std::string_view digits = salt.substr(kRandomDigits + before.size());
  std::int64_t expiry = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), expiry);
  if (error != std::errc() || expiry < 0 || expiry > UINT32_MAX) return std::nullopt;
  if (salt != salt_of(salt.substr(0, kRandomDigits), form, expiry)) return std::nullopt;
  return expiry;
}

bool signed_by_us(const Keys& keys, const Challenge& challenge) {
  bool ours = false;
  for (const std::uint8_t id : keys.token.ids()) {  // few: one more with each rotation
    const std::string expected = sign(*keys.token.find(id), challenge.challenge);
    ours |= challenge.signature.size() == expected.size() &&
            CRYPTO_memcmp(challenge.signature.data(), expected.data(), expected.size()) == 0;
  }
  return ours;
}

}  // namespace

Challenge make_challenge(const Keys& keys, Random& random, std::string_view form,
                         Instant expires_at) {
  const auto dice = random.bytes<8>();
  std::uint64_t number = 0;
  for (const std::uint8_t byte : dice) number = number << 8U | byte;
  number %= kHardestNumber + 1;  // 64 bits: the bias is beyond measure
  Challenge challenge;
  challenge.salt = salt_of(to_hex(random.bytes<kRandomDigits / 2>()), form,
                           std::chrono::ceil<seconds>(expires_at).time_since_epoch().count());
  challenge.challenge = hashed(challenge.salt, number);
  challenge.signature = sign(*keys.token.find(keys.token.current()), challenge.challenge);
  return challenge;
}

std::optional<Instant> check_solution(const Keys& keys, const Solution& solution,
                                      std::string_view form) {
  const Challenge& challenge = solution.challenge;
  if (!signed_by_us(keys, challenge)) return std::nullopt;
  if (solution.number > kHardestNumber) return std::nullopt;
  if (hashed(challenge.salt, solution.number) != challenge.challenge) return std::nullopt;
  const auto expiry = expiry_in(challenge.salt, form);
  if (!expiry) return std::nullopt;
  return Instant(seconds(*expiry));
}

}  // namespace jawort
