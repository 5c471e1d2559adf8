// Tokens in links (PRODUCT §4.1 "Tokens"). 54 bytes, 72 characters of base64url in exactly one
// spelling: kind (1), key id (1), identifier (16), expiry as Unix seconds, big-endian, 0 for never
// (4), HMAC-SHA256 over the 22 bytes before it (32).
// The identifier is one AES-128 block over the object's type and row id under a key derived from
// the token key: a pseudo-random permutation, so nothing that is stored (rows, mails, backups)
// yields a link, a link yields its row without an index, and a mail sent again is byte-identical.
//
// Two kinds stand in mail addresses: the return path (kBounce) and the address that unsubscribes
// (kUnsubscribe). A local part has 64 octets at most and may be spelled in other cases on its way,
// so these are 30 bytes, 48 characters of base32 in lower case: key id (1), identifier (16), and
// the first 13 bytes (104 bits) of the HMAC-SHA256 over kind, key id and identifier. They say
// nothing of an expiry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

namespace jawort {

enum class TokenKind : std::uint8_t {
  kConfirm = 1,
  kRevoke = 2,
  kPreferences = 3,
  kBounce = 4,
  kUnsubscribe = 5
};
// What the row id in a token counts: a mail (all consents it is about) or a single consent.
enum class TokenObject : std::uint8_t { kMail = 1, kConsent = 2 };

struct TokenContent {
  TokenKind kind = TokenKind::kConfirm;
  TokenObject object = TokenObject::kMail;
  std::int64_t id = 0;
  std::optional<Instant> expires_at;  // whole seconds
  std::uint8_t key = 0;               // that it was opened under, no part of what it says

  bool operator==(const TokenContent& other) const {
    return kind == other.kind && object == other.object && id == other.id &&
           expires_at == other.expires_at;
  }
};

inline constexpr std::size_t kTokenLength = 72;
inline constexpr std::size_t kAddressTokenLength = 48;
// Whether tokens of this kind stand in addresses, where cases may change.
constexpr bool in_addresses(TokenKind kind) {
  return kind == TokenKind::kBounce || kind == TokenKind::kUnsubscribe;
}
constexpr std::size_t token_length(TokenKind kind) {
  return in_addresses(kind) ? kAddressTokenLength : kTokenLength;
}

// Thread-safe.
class TokenBox {
 public:
  // REQUIRES: keys.token is not empty. Keeps nothing of `keys` itself.
  explicit TokenBox(const Keys& keys);
  // A rotation: the highest id becomes the current one, all older ones go on working.
  void add(std::uint8_t id, const Secret& key);
  ~TokenBox();
  TokenBox(const TokenBox&) = delete;
  TokenBox& operator=(const TokenBox&) = delete;

  // Under the current key. Deterministic: the same content gives the same token.
  // REQUIRES: content.id > 0. The expiry is rounded up to whole seconds, so that a link never lives
  // shorter than promised; one beyond the year 2106 becomes "never". Tokens in addresses have none.
  std::string make(const TokenContent& content) const;
  // `key_id` picks an older key for mails that were queued under it; empty when it is not there.
  std::string make(const TokenContent& content, std::uint8_t key_id) const;
  std::uint8_t current_key() const;

  // The content of a genuine token of this kind (expiry is not judged here); nothing for a token
  // that is malformed, forged, of another kind, or under an unknown key. Constant time in the MAC.
  // Of those in addresses any case is read.
  std::optional<TokenContent> open(std::string_view token, TokenKind kind) const;

 private:
  struct Derived;
  std::string make_for_address(const TokenContent& content, std::uint8_t key_id) const;
  std::optional<TokenContent> open_of_address(std::string_view token, TokenKind kind) const;

  std::unique_ptr<Derived> derived_;
};

// HMAC-SHA256 of a normalised address under the address key, first 8 bytes as an integer: for
// limits and blocks that must outlive the contact without keeping the address.
std::int64_t address_key(const Secret& key, std::string_view normalised_address);

}  // namespace jawort
