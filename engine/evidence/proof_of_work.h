// A proof of work as the ALTCHA widget solves it, in its first format (npm `altcha` 0.x to 3.x; the
// widget of 3.x takes it beside its own newer one): find the number for which
// SHA-256(salt || number in decimal) is the challenge. Stateless but for what is spent.
//   salt       24 hexadecimal digits of randomness, "?form=FORM&expires=SECONDS&"
//   challenge  SHA-256 of salt and number, hexadecimal
//   signature  HMAC-SHA256 of the challenge's text under a key derived from the token key,
//              hexadecimal
// The "&" at the end keeps digits from moving between expiry and number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/evidence/keys.h"

namespace jawort {

// The number lies between 0 and this: on average half as many hashes, which is about a second on a
// phone (a browser makes some 25,000 to 100,000 a second) and nothing that a person notices on a
// desk, while a machine that floods pays it for each post.
inline constexpr std::uint32_t kHardestNumber = 50'000;

struct Challenge {
  std::string salt, challenge, signature;
};

// REQUIRES: `form` is made of characters that stand for themselves in a query
Challenge make_challenge(const Keys& keys, Random& random, std::string_view form,
                         Instant expires_at);

// What comes back from a solver.
struct Solution {
  Challenge challenge;
  std::uint64_t number = 0;
};

// When the challenge expires, for a solution that is right and a challenge that is ours and this
// form's; else nothing. Neither expiry nor use is judged here. Constant time in the signature.
std::optional<Instant> check_solution(const Keys& keys, const Solution& solution,
                                      std::string_view form);

}  // namespace jawort
