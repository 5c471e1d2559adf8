#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/evidence/digest.h"
#include "engine/evidence/token.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

constexpr TokenKind kKinds[] = {TokenKind::kConfirm, TokenKind::kRevoke, TokenKind::kPreferences};
constexpr TokenObject kObjects[] = {TokenObject::kMail, TokenObject::kConsent};
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Keys keys_with(std::initializer_list<int> ids) {
  Keys keys;
  for (const int id : ids) {
    keys.token.emplace(static_cast<std::uint8_t>(id),
                       Secret(Bytes(32, static_cast<std::uint8_t>(id))));
  }
  keys.address = Secret(Bytes(32, 0xAD));
  return keys;
}

Instant second(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

TokenContent confirm_mail(std::int64_t id) {
  return {TokenKind::kConfirm, TokenObject::kMail, id, second(1796030103)};
}

// Opens under no kind at all.
bool opens(const TokenBox& box, std::string_view token) {
  return std::any_of(std::begin(kKinds), std::end(kKinds),
                     [&](TokenKind kind) { return box.open(token, kind).has_value(); });
}

TEST_CASE("a token carries its content, in 72 characters of base64url") {
  const TokenBox box(keys_with({1}));
  std::mt19937_64 dice(7);
  for (int round = 0; round < 2000; ++round) {
    TokenContent content;
    content.kind = kKinds[dice() % 3];
    content.object = kObjects[dice() % 2];
    content.id = 1 + static_cast<std::int64_t>(dice() % INT64_MAX);
    if (dice() % 4 != 0)
      content.expires_at = second(1 + static_cast<std::int64_t>(dice() % UINT32_MAX));
    const std::string token = box.make(content);
    REQUIRE(token.size() == kTokenLength);
    REQUIRE(token.find_first_not_of(kAlphabet) == std::string::npos);
    REQUIRE(box.open(token, content.kind) == content);
  }
}

TEST_CASE("the same content gives the same token, also from another box and thread") {
  const TokenBox box(keys_with({1, 2}));
  const std::string token = box.make(confirm_mail(42));
  CHECK(box.make(confirm_mail(42)) == token);
  CHECK(TokenBox(keys_with({2})).make(confirm_mail(42)) == token);
  std::string other;
  std::thread([&] { other = box.make(confirm_mail(42)); }).join();
  CHECK(other == token);
}

TEST_CASE("different content gives different tokens and identifiers") {
  const TokenBox box(keys_with({1}));
  std::set<std::string> tokens;
  std::set<std::string> identifiers;
  for (std::int64_t id = 1; id <= 500; ++id) {
    for (const TokenObject object : kObjects) {
      for (const TokenKind kind : kKinds) {
        const std::string token = box.make({kind, object, id, std::nullopt});
        tokens.insert(token);
        identifiers.insert(to_hex(ByteView(*from_base64url(token)).subspan(2, 16)));
      }
    }
  }
  CHECK(tokens.size() == 500 * 2 * 3);
  CHECK(identifiers.size() == 500 * 2);
}

TEST_CASE("a token opens as its own kind only") {
  const TokenBox box(keys_with({1}));
  for (const TokenKind made : kKinds) {
    for (const TokenObject object : kObjects) {
      const std::string token = box.make({made, object, 9, std::nullopt});
      for (const TokenKind asked : kKinds) {
        const auto content = box.open(token, asked);
        CHECK(content.has_value() == (asked == made));
        if (content) CHECK(content->object == object);
      }
    }
  }
}

TEST_CASE("no part of a token can be moved into another one") {
  const TokenBox box(keys_with({1, 2}));
  std::vector<Bytes> tokens;
  for (const TokenKind kind : kKinds) {
    for (const TokenObject object : kObjects) {
      for (const std::int64_t id : {5, 6}) {
        for (const std::int64_t expiry : {1796030103, 1796030104}) {
          for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}}) {
            tokens.push_back(*from_base64url(box.make({kind, object, id, second(expiry)}, key)));
          }
        }
      }
    }
  }
  const std::pair<std::ptrdiff_t, std::ptrdiff_t> parts[] = {
      {0, 1}, {1, 2}, {2, 18}, {18, 22}, {22, 54}};
  for (const Bytes& to : tokens) {
    for (const Bytes& from : tokens) {
      for (const auto& [begin, end] : parts) {
        Bytes mixed = to;
        std::copy(from.begin() + begin, from.begin() + end, mixed.begin() + begin);
        if (mixed != to && mixed != from && opens(box, to_base64url(mixed)))
          FAIL("part at " << begin);
      }
    }
  }
}

// One to three edits of a genuine token, as characters or as bytes.
std::string mutated(const std::string& token, std::mt19937_64& dice) {
  std::string out = token;
  const bool bytes_too = dice() % 2 == 0;
  for (std::uint64_t edits = 1 + dice() % 3; edits > 0 && !out.empty(); --edits) {
    const std::size_t at = dice() % out.size();
    const char c = bytes_too ? static_cast<char>(dice()) : kAlphabet[dice() % kAlphabet.size()];
    switch (dice() % 5) {
      case 0:
        out.insert(at, 1, c);
        break;
      case 1:
        out.erase(at, 1);
        break;
      case 2:
        std::swap(out[at], out[dice() % out.size()]);
        break;
      default:
        out[at] = c;
    }
  }
  return out;
}

// Under keys that are rotated ten times meanwhile, tokens under old ones as well as the newest.
void mutate_and_open(int rounds, unsigned seed) {
  TokenBox box(keys_with({1, 2, 200}));
  std::vector<std::uint8_t> ids = {1, 2, 200};
  std::mt19937_64 dice(seed);
  int same = 0;
  for (int round = 0; round < rounds; ++round) {
    if (round % (rounds / 10) == 0) {
      ids.push_back(static_cast<std::uint8_t>(ids.back() + 1));
      box.add(ids.back(), Secret(Bytes(32, ids.back())));
      REQUIRE(box.current_key() == ids.back());
    }
    const std::string token = box.make({kKinds[dice() % 3], kObjects[dice() % 2],
                                        1 + static_cast<std::int64_t>(dice() % 1000), std::nullopt},
                                       ids[dice() % ids.size()]);
    const std::string other = mutated(token, dice);
    if (other == token) {
      ++same;
    } else if (opens(box, other)) {
      FAIL("round " << round);
    }
  }
  CHECK(same < rounds / 10);
}

TEST_CASE("of 200,000 random mutations none opens") { mutate_and_open(200000, 8); }

TEST_CASE("of 10 million random mutations none opens", "[long]") { mutate_and_open(10000000, 9); }

TEST_CASE("every single character changed, every cut and every extension is refused") {
  const TokenBox box(keys_with({1}));
  const std::string token = box.make(confirm_mail(42));
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string other = token;
      other[at] = static_cast<char>(c);
      if (other != token && opens(box, other)) FAIL("character " << at);
    }
    CHECK_FALSE(opens(box, token.substr(0, at)));
    CHECK_FALSE(opens(box, token.substr(at + 1)));
  }
  for (const char* tail : {"A", "=", "==", "AAAA", "\n", " ", "%3D"})
    CHECK_FALSE(opens(box, token + tail));
  CHECK_FALSE(opens(box, " " + token));
  CHECK_FALSE(opens(box, std::string(kTokenLength, 'A')));
}

TEST_CASE("the other base64 alphabet is another spelling, and refused") {
  const TokenBox box(keys_with({1}));
  int tried = 0;
  for (std::int64_t id = 1; id < 50; ++id) {
    std::string token = box.make(confirm_mail(id));
    const std::size_t at = token.find_first_of("-_");
    if (at == std::string::npos) continue;
    token[at] = token[at] == '-' ? '+' : '/';
    CHECK_FALSE(opens(box, token));
    ++tried;
  }
  CHECK(tried > 10);
}

TEST_CASE("tokens of a rotated key still open, new ones are under the new key") {
  const TokenBox before(keys_with({1}));
  const std::string old_token = before.make(confirm_mail(42));
  const TokenBox after(keys_with({1, 2}));
  CHECK(before.current_key() == 1);
  CHECK(after.current_key() == 2);
  CHECK(after.open(old_token, TokenKind::kConfirm) == confirm_mail(42));
  CHECK(after.make(confirm_mail(42)) != old_token);
  CHECK(after.make(confirm_mail(42), 1) == old_token);  // a resend of an old mail
  CHECK_FALSE(before.open(after.make(confirm_mail(42)), TokenKind::kConfirm));
  CHECK(after.make(confirm_mail(42), 3).empty());

  // A key that was taken away, or replaced under the same number, kills its tokens.
  CHECK_FALSE(TokenBox(keys_with({2})).open(old_token, TokenKind::kConfirm));
  Keys replaced;
  replaced.token.emplace(std::uint8_t{1}, Secret(Bytes(32, 0x77)));
  CHECK_FALSE(TokenBox(replaced).open(old_token, TokenKind::kConfirm));
}

TEST_CASE("an expiry is rounded up, never to never, and never shorter than promised") {
  const TokenBox box(keys_with({1}));
  const auto expiry = [&](std::optional<Instant> at) {
    const auto content =
        box.open(box.make({TokenKind::kRevoke, TokenObject::kConsent, 1, at}), TokenKind::kRevoke);
    REQUIRE(content);
    return content->expires_at;
  };
  CHECK_FALSE(expiry(std::nullopt));
  CHECK(expiry(second(1796030103)) == second(1796030103));
  CHECK(expiry(second(1796030102) + milliseconds(1)) == second(1796030103));
  CHECK(expiry(second(1796030102) + milliseconds(999)) == second(1796030103));
  CHECK(expiry(from_millis(0)) == second(1));
  CHECK(expiry(from_millis(-5000)) == second(1));
  CHECK(expiry(second(UINT32_MAX)) == second(UINT32_MAX));
  CHECK_FALSE(expiry(second(UINT32_MAX) + milliseconds(1)));
  CHECK_FALSE(expiry(second(std::int64_t{UINT32_MAX} + 5000)));
}

// Whoever holds the MAC key alone still cannot make an identifier that opens.
TEST_CASE("a right MAC over a wrong block, object or kind does not open") {
  const Bytes key(32, 1);
  const TokenBox box(keys_with({1}));
  const Hash256 mac_key = hmac_sha256(key, as_bytes("jawort/token/mac/1"));
  const auto signed_again = [&](Bytes token) {
    token.resize(22);
    const Hash256 mac = hmac_sha256(mac_key, token);
    token.insert(token.end(), mac.begin(), mac.end());
    return to_base64url(token);
  };
  const std::string token = box.make(confirm_mail(42));
  const Bytes bytes = *from_base64url(token);
  CHECK(signed_again(bytes) == token);  // so the MAC below is right
  std::mt19937_64 dice(10);
  for (int round = 0; round < 20000; ++round) {
    Bytes other = bytes;
    for (std::size_t i = 2; i < 18; ++i) other[i] = static_cast<std::uint8_t>(dice());
    if (opens(box, signed_again(other))) FAIL("round " << round);
  }
  Bytes other = bytes;
  other[0] = 4;
  CHECK_FALSE(opens(box, signed_again(other)));
  CHECK_FALSE(opens(box, box.make({TokenKind::kConfirm, TokenObject::kMail, 0, std::nullopt})));
  CHECK_FALSE(opens(box, box.make({TokenKind::kConfirm, TokenObject::kMail, -1, std::nullopt})));
  CHECK_FALSE(
      opens(box, box.make({TokenKind::kConfirm, static_cast<TokenObject>(3), 1, std::nullopt})));
}

TEST_CASE(
    "a token in an address: 48 characters in any case, of its own kind, with no bit to change") {
  const TokenBox box(keys_with({1, 2}));
  constexpr TokenKind kInAddresses[] = {TokenKind::kBounce, TokenKind::kUnsubscribe};
  std::mt19937_64 dice(11);
  for (int round = 0; round < 500; ++round) {
    const TokenKind kind = kInAddresses[dice() % 2];
    const TokenContent content{kind, TokenObject::kMail,
                               1 + static_cast<std::int64_t>(dice() % INT64_MAX), std::nullopt};
    const std::string token = box.make(content, dice() % 2 == 0 ? 1 : 2);
    REQUIRE(token.size() == kAddressTokenLength);
    REQUIRE(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
    REQUIRE(box.open(token, kind) == content);
    std::string shouted = token;
    for (char& c : shouted) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
    REQUIRE(box.open(shouted, kind) == content);
    for (const TokenKind other : {TokenKind::kConfirm, TokenKind::kRevoke, TokenKind::kPreferences,
                                  TokenKind::kBounce, TokenKind::kUnsubscribe}) {
      REQUIRE(box.open(token, other).has_value() == (other == kind));
    }
    Bytes bytes = *from_base32(token);
    bytes[dice() % bytes.size()] ^= static_cast<std::uint8_t>(1U << dice() % 8);
    REQUIRE_FALSE(box.open(to_base32(bytes), kind));
  }
  const std::string one = box.make({TokenKind::kBounce, TokenObject::kMail, 7, std::nullopt});
  CHECK(box.make({TokenKind::kBounce, TokenObject::kMail, 7, second(1796030103)}) == one);
  CHECK_FALSE(box.open(one + "a", TokenKind::kBounce));
  CHECK_FALSE(box.open(one.substr(1), TokenKind::kBounce));
  CHECK_FALSE(box.open("", TokenKind::kBounce));
  CHECK(box.make({TokenKind::kBounce, TokenObject::kMail, 7, std::nullopt}, 9).empty());
}

TEST_CASE("a rotation leaves every token that is out alive") {
  TokenBox box(keys_with({1}));
  std::vector<std::string> tokens;
  for (int key = 2; key <= 255; ++key) {
    tokens.push_back(box.make(confirm_mail(key)));
    box.add(static_cast<std::uint8_t>(key), Secret(Bytes(32, static_cast<std::uint8_t>(key))));
    CHECK(box.current_key() == key);
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto content = box.open(tokens[i], TokenKind::kConfirm);
    REQUIRE(content);
    CHECK(*content == confirm_mail(static_cast<std::int64_t>(i) + 2));
    CHECK(content->key == i + 1);
    CHECK(box.make(*content, content->key) == tokens[i]);
  }
}

TEST_CASE("threads share a box, also while its keys are rotated") {
  TokenBox box(keys_with({1}));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 1; i <= 1000; ++i) {
        const TokenContent content = confirm_mail(t * 100000 + i);
        if (box.open(box.make(content), TokenKind::kConfirm) != content) ++wrong;
      }
    });
  }
  for (int key = 2; key <= 50; ++key) {
    box.add(static_cast<std::uint8_t>(key), Secret(Bytes(32, static_cast<std::uint8_t>(key))));
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("the key of an address is the front of its HMAC") {
  const Secret key{Bytes(20, 0x0b)};
  // RFC 4231 case 1: b0344c61d8db3853…
  CHECK(address_key(key, "Hi There") == static_cast<std::int64_t>(0xb0344c61d8db3853ULL));
  CHECK(address_key(key, "anna@example.org") != address_key(key, "anna@example.com"));
  CHECK(address_key(key, "anna@example.org") !=
        address_key(Secret(Bytes(20, 0x0c)), "anna@example.org"));
}

}  // namespace
}  // namespace jawort
