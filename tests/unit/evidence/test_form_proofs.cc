// Form tokens and proofs of work: what is ours, and everything that is nearly so.
#include <set>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/form_token.h"
#include "engine/evidence/proof_of_work.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

using std::chrono::seconds;

constexpr Instant kShown{milliseconds{1795425302114}};

Keys keys_with(std::initializer_list<int> ids) {
  Keys keys;
  for (const int id : ids) {
    keys.token.emplace(static_cast<std::uint8_t>(id),
                       Secret(Bytes(32, static_cast<std::uint8_t>(id))));
  }
  return keys;
}

std::uint64_t solve(const Challenge& challenge) {
  for (std::uint64_t number = 0; number <= kHardestNumber; ++number) {
    const std::string text = challenge.salt + std::to_string(number);
    if (to_hex(sha256(as_bytes(text))) == challenge.challenge) return number;
  }
  FAIL("a challenge without a solution");
  return 0;
}

TEST_CASE("a form token tells when which form was shown, and nothing else opens it") {
  const Keys keys = keys_with({1});
  const Hash256 version = sha256(as_bytes("one"));
  const std::string token = make_form_token(keys, "newsletter", version, kShown);
  CHECK(token.size() == 52);
  CHECK(open_form_token(keys, token, "newsletter", version) == kShown);
  CHECK_FALSE(open_form_token(keys, token, "newsletters", version));
  CHECK_FALSE(open_form_token(keys, token, "newsletter", sha256(as_bytes("two"))));
  CHECK_FALSE(open_form_token(keys_with({2}), token, "newsletter", version));
  CHECK(open_form_token(keys_with({1, 2}), token, "newsletter", version) == kShown);  // rotated
  for (const std::string& wrong : {std::string(), token + "A", token.substr(1), token + "=",
                                   ' ' + token, std::string(52, 'A')}) {
    CHECK_FALSE(open_form_token(keys, wrong, "newsletter", version));
  }
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(open_form_token(keys, changed, "newsletter", version));
  }
}

TEST_CASE("a solved challenge is taken, for its form only") {
  const Keys keys = keys_with({1});
  SystemRandom random;
  const Challenge challenge = make_challenge(keys, random, "newsletter", kShown);
  const Solution solution{challenge, solve(challenge)};
  // Whole seconds, rounded up: not shorter than promised.
  CHECK(check_solution(keys, solution, "newsletter") == Instant(seconds(1795425303)));
  CHECK(check_solution(keys_with({1, 7}), solution, "newsletter"));
  CHECK_FALSE(check_solution(keys_with({7}), solution, "newsletter"));
  CHECK_FALSE(check_solution(keys, solution, "other"));
  CHECK_FALSE(check_solution(keys, {challenge, solution.number + 1}, "newsletter"));
}

TEST_CASE("no part of a challenge can be changed") {
  const Keys keys = keys_with({1});
  SystemRandom random;
  const Challenge challenge = make_challenge(keys, random, "newsletter", kShown);
  const Solution right{challenge, solve(challenge)};
  for (std::string Challenge::*part :
       {&Challenge::salt, &Challenge::challenge, &Challenge::signature}) {
    Solution wrong = right;
    (wrong.challenge.*part).clear();
    CHECK_FALSE(check_solution(keys, wrong, "newsletter"));
    wrong = right;
    std::string& text = wrong.challenge.*part;
    text.back() = text.back() == '0' ? '1' : '0';
    CHECK_FALSE(check_solution(keys, wrong, "newsletter"));
  }
  // The first digit of the number moved into the salt: the same hash, another expiry.
  Solution spliced = right;
  spliced.challenge.salt += std::to_string(right.number).substr(0, 1);
  spliced.number = right.number % 10;
  CHECK_FALSE(check_solution(keys, spliced, "newsletter"));
  // A challenge that somebody made without the key.
  Solution forged = right;
  forged.challenge.salt = "000000000000000000000000?form=newsletter&expires=4000000000&";
  forged.challenge.challenge = to_hex(sha256(as_bytes(forged.challenge.salt + "1")));
  forged.number = 1;
  CHECK_FALSE(check_solution(keys, forged, "newsletter"));
}

TEST_CASE("challenges differ, and their numbers are spread") {
  const Keys keys = keys_with({1});
  SystemRandom random;
  std::set<std::string> salts;
  std::uint64_t least = kHardestNumber;
  std::uint64_t most = 0;
  for (int i = 0; i < 60; ++i) {
    const Challenge challenge = make_challenge(keys, random, "newsletter", kShown);
    salts.insert(challenge.salt);
    const std::uint64_t number = solve(challenge);
    least = std::min(least, number);
    most = std::max(most, number);
  }
  CHECK(salts.size() == 60);
  CHECK(least < kHardestNumber / 3);  // fails once in 3 * 10^10 runs
  CHECK(most > kHardestNumber / 3 * 2);
}

}  // namespace
}  // namespace jawort
