#include <cstdint>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "engine/evidence/leaf.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

using Dice = std::mt19937_64;

std::string random_name(Dice& dice, std::size_t longest) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_:.-";
  std::string name(1 + dice() % longest, 'a');
  for (char& c : name) c = kLetters[dice() % kLetters.size()];
  return name;
}

std::string random_value(Dice& dice) {
  static constexpr std::string_view kPieces[] = {"a", "ä", "€", "🙂", "\n", "newsletter", " "};
  std::string value;
  for (std::uint64_t pieces = dice() % 12; pieces > 0; --pieces) {
    value += kPieces[dice() % std::size(kPieces)];
  }
  return value;
}

Leaf random_leaf(Dice& dice) {
  Leaf leaf;
  leaf.sequence = 1 + dice() % (std::uint64_t{1} << (1 + dice() % 62));
  leaf.at = from_millis(static_cast<std::int64_t>(dice() % 253402300800000ULL));
  leaf.type = random_name(dice, 20);
  std::set<std::string> fact_names;
  std::set<std::string> commitment_names;
  for (std::uint64_t i = dice() % 6; i > 0; --i) fact_names.insert(random_name(dice, 128));
  for (std::uint64_t i = dice() % 6; i > 0; --i) commitment_names.insert(random_name(dice, 3));
  for (const auto& name : fact_names) leaf.facts.push_back({name, random_value(dice)});
  for (const auto& name : commitment_names) {
    Commitment& commitment = leaf.commitments.emplace_back();
    commitment.name = name;
    for (auto& byte : commitment.hash) byte = static_cast<std::uint8_t>(dice());
  }
  return leaf;
}

Bytes encoded(const Leaf& leaf) {
  auto bytes = encode_leaf(leaf);
  REQUIRE(bytes);
  return std::move(*bytes);
}

// Either refused, or another leaf whose only encoding these bytes are.
bool refused_or_different(const Bytes& bytes, const Leaf& original) {
  const auto leaf = decode_leaf(bytes);
  if (!leaf) return leaf.error().kind == ErrorKind::kInvalid;
  const auto again = encode_leaf(*leaf);
  return *leaf != original && again && *again == bytes;
}

Leaf small_leaf() {
  Leaf leaf;
  leaf.sequence = 7;
  leaf.at = from_millis(1795425302114);
  leaf.type = "form_submitted";
  leaf.facts = {{"form", "newsletter"}, {"language", "de"}};
  leaf.commitments = {{"email", Hash256{1}}, {"ip", Hash256{2}}};
  return leaf;
}

bool writable(const Leaf& leaf) {
  const auto bytes = encode_leaf(leaf);
  if (!bytes) CHECK(bytes.error().kind == ErrorKind::kInvalid);
  return bytes.ok();
}

TEST_CASE("2,000 random leaves come back as they were") {
  Dice dice(3);
  for (int round = 0; round < 2000; ++round) {
    const Leaf leaf = random_leaf(dice);
    const Bytes bytes = encoded(leaf);
    const auto back = decode_leaf(bytes);
    REQUIRE(back);
    REQUIRE(*back == leaf);
    REQUIRE(encoded(*back) == bytes);
  }
}

TEST_CASE("every cut leaf is refused, every longer one too") {
  Dice dice(4);
  for (int round = 0; round < 300; ++round) {
    const Bytes bytes = encoded(random_leaf(dice));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      if (decode_leaf(ByteView(bytes).first(size))) FAIL("cut to " << size);
    }
    for (const std::size_t extra : {1U, 2U, 32U, 34U}) {
      Bytes longer = bytes;
      for (std::size_t i = 0; i < extra; ++i)
        longer.push_back(static_cast<std::uint8_t>(dice() % 2));
      REQUIRE_FALSE(decode_leaf(longer));
    }
  }
}

TEST_CASE("every flipped bit is refused or makes another leaf") {
  Dice dice(5);
  for (int round = 0; round < 100; ++round) {
    const Leaf leaf = random_leaf(dice);
    Bytes bytes = encoded(leaf);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
      bytes[bit / 8] ^= mask;
      if (!refused_or_different(bytes, leaf)) FAIL("bit " << bit);
      bytes[bit / 8] ^= mask;
    }
  }
}

TEST_CASE("random bytes and random edits never read as the same leaf") {
  Dice dice(6);
  const Leaf leaf = small_leaf();
  const Bytes original = encoded(leaf);
  for (int round = 0; round < 50000; ++round) {
    Bytes bytes = original;
    for (std::uint64_t edits = 1 + dice() % 3; edits > 0; --edits) {
      const auto at = static_cast<std::ptrdiff_t>(dice() % bytes.size());
      const auto byte = static_cast<std::uint8_t>(dice() % 3 == 0 ? dice() : dice() % 4);
      switch (dice() % 3) {
        case 0:
          bytes[static_cast<std::size_t>(at)] = byte;
          break;
        case 1:
          bytes.insert(bytes.begin() + at, byte);
          break;
        default:
          bytes.erase(bytes.begin() + at);
      }
    }
    if (bytes != original && !refused_or_different(bytes, leaf)) FAIL("round " << round);
  }
}

TEST_CASE("what may not be written: numbers") {
  Leaf leaf = small_leaf();
  leaf.sequence = 0;
  CHECK_FALSE(writable(leaf));
  leaf.sequence = static_cast<std::uint64_t>(INT64_MAX) + 1;
  CHECK_FALSE(writable(leaf));
  leaf.sequence = INT64_MAX;
  CHECK(writable(leaf));
  leaf.at = from_millis(-1);
  CHECK_FALSE(writable(leaf));
  leaf.at = from_millis(253402300800000);
  CHECK_FALSE(writable(leaf));
  leaf.at = from_millis(253402300799999);
  CHECK(writable(leaf));
}

TEST_CASE("what may not be written: names") {
  const std::string longest(128, 'a');
  CHECK(writable([&] {
    Leaf leaf = small_leaf();
    leaf.type = longest;
    return leaf;
  }()));
  for (const std::string& name :
       {std::string(), longest + "a", std::string("A"), std::string("a b"), std::string("ä"),
        std::string("a/"), std::string("a\0", 2), std::string("a{"), std::string("a@")}) {
    CAPTURE(name);
    Leaf leaf = small_leaf();
    leaf.type = name;
    CHECK_FALSE(writable(leaf));
    leaf = small_leaf();
    leaf.facts = {{name, ""}};
    CHECK_FALSE(writable(leaf));
    leaf = small_leaf();
    leaf.commitments = {{name, {}}};
    CHECK_FALSE(writable(leaf));
  }
  // The longest field that a definition may declare.
  Leaf leaf = small_leaf();
  leaf.commitments = {{"field:" + std::string(64, 'x'), {}}};
  CHECK(writable(leaf));
}

TEST_CASE("what may not be written: order and number of names") {
  Leaf leaf = small_leaf();
  std::swap(leaf.facts[0], leaf.facts[1]);
  CHECK_FALSE(writable(leaf));
  leaf = small_leaf();
  leaf.facts[1].name = leaf.facts[0].name;
  CHECK_FALSE(writable(leaf));
  leaf = small_leaf();
  std::swap(leaf.commitments[0], leaf.commitments[1]);
  CHECK_FALSE(writable(leaf));
  leaf = small_leaf();
  leaf.commitments[1].name = leaf.commitments[0].name;
  CHECK_FALSE(writable(leaf));
  leaf = small_leaf();
  leaf.facts = {{"a", ""}, {"a-", ""}, {"a.", ""}, {"a0", ""}, {"a:", ""}, {"a_", ""}, {"aa", ""}};
  leaf.commitments[0].name = leaf.facts[0].name;  // the two kinds have names of their own
  CHECK(writable(leaf));

  leaf.commitments.clear();
  leaf.facts.clear();
  for (int i = 10000; i < 10000 + 65535; ++i) leaf.commitments.push_back({std::to_string(i), {}});
  CHECK(writable(leaf));
  leaf.commitments.push_back({"99999", {}});
  CHECK_FALSE(writable(leaf));
}

TEST_CASE("what may not be written: values") {
  Leaf leaf = small_leaf();
  leaf.facts[0].value = std::string(65535, 'x');
  const auto back = decode_leaf(encoded(leaf));
  REQUIRE(back);
  CHECK(*back == leaf);
  leaf.facts[0].value += 'x';
  CHECK_FALSE(writable(leaf));
  leaf.facts[0].value = "\xFF";
  CHECK_FALSE(writable(leaf));
  leaf.facts[0].value = std::string("\0", 1);
  CHECK(writable(leaf));
}

TEST_CASE("an error names the fact, never its value") {
  Leaf leaf = small_leaf();
  leaf.facts[0].value = "secret\xFF";
  const auto bytes = encode_leaf(leaf);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().message.find("form") != std::string::npos);
  CHECK(bytes.error().message.find("secret") == std::string::npos);
}

TEST_CASE("looking a fact up") {
  const Leaf leaf = small_leaf();
  CHECK(leaf.fact("form") == "newsletter");
  CHECK(leaf.fact("language") == "de");
  CHECK(leaf.fact("email").empty());
}

TEST_CASE("a commitment binds salt, name and value, and where one ends and the next begins") {
  const Salt salt{1, 2, 3};
  const Hash256 hash = commit(salt, "email", as_bytes("anna@example.org"));
  CHECK(commit(salt, "email", as_bytes("anna@example.org")) == hash);
  Salt other = salt;
  other[31] ^= 1;
  const std::set<Hash256> all = {
      hash,
      commit(other, "email", as_bytes("anna@example.org")),
      commit(salt, "email", as_bytes("anna@example.orG")),
      commit(salt, "emai", as_bytes("lanna@example.org")),
      commit(salt, "emaila", as_bytes("nna@example.org")),
      commit(salt, "email_normalised", as_bytes("anna@example.org")),
      commit(salt, "email", as_bytes(std::string("anna@example.org\0", 17))),
      commit(salt, "email", {})};
  CHECK(all.size() == 8);
}

}  // namespace
}  // namespace jawort
