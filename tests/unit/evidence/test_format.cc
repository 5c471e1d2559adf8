// Reads the test vectors out of FORMAT.md and holds the code to them.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/ids.h"
#include "engine/base/text.h"
#include "engine/evidence/checkpoint.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/form_token.h"
#include "engine/evidence/key_history.h"
#include "engine/evidence/merkle.h"
#include "engine/evidence/proof_of_work.h"
#include "engine/evidence/signed_note.h"
#include "engine/evidence/token.h"
#include "engine/evidence/value_pack.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

// The lines of one block "```vector KIND": key, a space, the rest.
struct Vector {
  std::string kind;
  std::vector<std::pair<std::string, std::string>> lines;

  std::vector<std::string> all(std::string_view key) const {
    std::vector<std::string> found;
    for (const auto& [name, value] : lines) {
      if (name == key) found.push_back(value);
    }
    return found;
  }
  std::string get(std::string_view key) const {
    const auto found = all(key);
    CAPTURE(kind, key);
    REQUIRE(found.size() == 1);
    return found[0];
  }
  Bytes bytes(std::string_view key) const {
    const auto found = from_hex(get(key));
    REQUIRE(found);
    return *found;
  }
  std::uint64_t number(std::string_view key) const {
    const std::string text = get(key);
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    REQUIRE((error == std::errc() && stop == text.data() + text.size()));
    return value;
  }
};

std::pair<std::string, std::string> halves(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return {std::string(line), ""};
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

// The suites are run from the root of the repository or from somewhere below it.
std::string document() {
  std::string path = "engine/evidence/FORMAT.md";
  for (int level = 0; level < 6; ++level, path = "../" + path) {
    if (const auto text = read_file(path, 1 << 20)) return *text;
  }
  FAIL("run this below the root of the repository: FORMAT.md was not found");
  return {};
}

std::vector<Vector> vectors(std::string_view kind) {
  static const std::string text = document();
  std::vector<Vector> found;
  bool inside = false;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("```vector ")) {
      inside = true;
      found.push_back({std::string(line.substr(10)), {}});
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      found.back().lines.push_back(halves(line));
    }
  }
  std::erase_if(found, [&](const Vector& vector) { return vector.kind != kind; });
  return found;
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed(const Bytes& bytes) {
  REQUIRE(bytes.size() == N);
  std::array<std::uint8_t, N> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Leaf leaf_of(const Vector& vector) {
  Leaf leaf;
  leaf.sequence = vector.number("sequence");
  leaf.at = from_millis(static_cast<std::int64_t>(vector.number("millis")));
  leaf.type = vector.get("type");
  for (const auto& text : vector.all("fact")) {
    const auto [name, value] = halves(text);
    leaf.facts.push_back({name, value});
  }
  for (const auto& text : vector.all("commitment")) {
    const auto [name, value] = halves(text);
    leaf.commitments.push_back({name, fixed<32>(*from_hex(value))});
  }
  return leaf;
}

TEST_CASE("FORMAT.md: leaves and leaf hashes") {
  const auto all = vectors("leaf");
  REQUIRE(all.size() >= 3);
  for (const Vector& vector : all) {
    const Leaf leaf = leaf_of(vector);
    const auto bytes = encode_leaf(leaf);
    REQUIRE(bytes);
    CHECK(to_hex(*bytes) == vector.get("leaf"));
    CHECK(to_hex(leaf_hash(*bytes)) == vector.get("leaf_hash"));
    const auto back = decode_leaf(vector.bytes("leaf"));
    REQUIRE(back);
    CHECK(*back == leaf);
  }
}

TEST_CASE("FORMAT.md: leaves of the first version are read, and keep their hash") {
  const auto all = vectors("leaf_of_version_1");
  REQUIRE_FALSE(all.empty());
  for (const Vector& vector : all) {
    const auto leaf = decode_leaf(vector.bytes("leaf"));
    REQUIRE(leaf);
    CHECK(*leaf == leaf_of(vector));
    CHECK(to_hex(leaf_hash(vector.bytes("leaf"))) == vector.get("leaf_hash"));
    CHECK(*encode_leaf(*leaf) != vector.bytes("leaf"));
  }
}

TEST_CASE("FORMAT.md: values as they are kept") {
  const auto all = vectors("values");
  REQUIRE(all.size() >= 2);
  for (const Vector& vector : all) {
    std::vector<SaltedValue> values;
    for (const auto& text : vector.all("value")) {
      const auto [name, rest] = halves(text);
      const auto [salt, value] = halves(rest);
      values.push_back({name, fixed<32>(*from_hex(salt)), std::string(as_text(*from_hex(value)))});
    }
    CHECK(to_hex(pack_values(values)) == vector.get("packed"));
    const auto back = unpack_values(vector.bytes("packed"));
    REQUIRE(back);
    REQUIRE(back->size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK((*back)[i].name == values[i].name);
      CHECK((*back)[i].salt == values[i].salt);
      CHECK((*back)[i].value == values[i].value);
    }
  }
}

TEST_CASE("FORMAT.md: bytes that are no leaf") {
  const auto all = vectors("refused");
  REQUIRE(all.size() >= 10);
  for (const Vector& vector : all) {
    CAPTURE(vector.get("because"));
    CHECK_FALSE(decode_leaf(vector.bytes("leaf")));
  }
}

TEST_CASE("FORMAT.md: commitments") {
  const auto all = vectors("commitment");
  REQUIRE(all.size() >= 3);
  for (const Vector& vector : all) {
    const Salt salt = fixed<32>(vector.bytes("salt"));
    const Hash256 hash = commit(salt, vector.get("name"), vector.bytes("value"));
    CHECK(to_hex(hash) == vector.get("commitment"));
  }
}

TEST_CASE("FORMAT.md: the link to the previous leaf opens to that leaf's hash") {
  const auto leaves = vectors("leaf");
  int links = 0;
  for (const Vector& vector : vectors("commitment")) {
    if (!vector.get("name").starts_with("previous:")) continue;
    for (std::size_t i = 1; i < leaves.size(); ++i) {
      const Leaf leaf = leaf_of(leaves[i]);
      const Commitment expected{vector.get("name"), fixed<32>(vector.bytes("commitment"))};
      if (std::find(leaf.commitments.begin(), leaf.commitments.end(), expected) ==
          leaf.commitments.end()) {
        continue;
      }
      CHECK(leaf_hash(leaves[i - 1].bytes("leaf")) == fixed<32>(vector.bytes("value")));
      ++links;
    }
  }
  CHECK(links == 1);
}

// RFC 9162 §2.1.1, as the document sums it up.
Hash256 root_of(std::span<const Hash256> hashes) {
  if (hashes.size() == 1) return hashes[0];
  std::size_t left = 1;
  while (left * 2 < hashes.size()) left *= 2;
  static constexpr std::uint8_t kNode[] = {0x01};
  return sha256({ByteView(kNode), root_of(hashes.first(left)), root_of(hashes.subspan(left))});
}

TEST_CASE("FORMAT.md: the tree over the leaves") {
  const auto all = vectors("tree");
  REQUIRE(all.size() >= 2);
  for (const Vector& vector : all) {
    std::vector<Hash256> hashes;
    for (const auto& text : vector.all("leaf_hash")) hashes.push_back(fixed<32>(*from_hex(text)));
    CHECK(to_hex(root_of(hashes)) == vector.get("root"));
    const auto leaves = vectors("leaf");
    REQUIRE(hashes.size() <= leaves.size());
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      CHECK(to_hex(hashes[i]) == leaves[i].get("leaf_hash"));
      CHECK(leaves[i].number("sequence") == i + 1);
    }
  }
}

std::vector<Hash256> proof_of(const Vector& vector) {
  std::vector<Hash256> proof;
  for (const auto& text : vector.all("proof")) proof.push_back(fixed<32>(*from_hex(text)));
  return proof;
}

TEST_CASE("FORMAT.md: inclusion proofs") {
  const auto all = vectors("inclusion");
  REQUIRE(all.size() >= 3);
  for (const Vector& vector : all) {
    const auto check = [&](std::uint64_t entry) {
      return proves_inclusion(fixed<32>(vector.bytes("leaf_hash")), entry, vector.number("size"),
                              proof_of(vector), fixed<32>(vector.bytes("root")));
    };
    CHECK(check(vector.number("entry")));
    CHECK_FALSE(check(vector.number("entry") + 1));
  }
}

TEST_CASE("FORMAT.md: consistency proofs") {
  const auto all = vectors("consistency");
  REQUIRE(all.size() >= 3);
  for (const Vector& vector : all) {
    const auto check = [&](std::uint64_t older) {
      return proves_consistency(older, fixed<32>(vector.bytes("older_root")), vector.number("size"),
                                fixed<32>(vector.bytes("root")), proof_of(vector));
    };
    CHECK(check(vector.number("older")));
    CHECK_FALSE(check(vector.number("older") + 1));
  }
}

TEST_CASE("FORMAT.md: tokens and their keys") {
  const auto all = vectors("token");
  REQUIRE(all.size() >= 3);
  for (const Vector& vector : all) {
    const Bytes key = vector.bytes("key");
    CHECK(to_hex(hmac_sha256(key, as_bytes("jawort/token/mac/1"))) == vector.get("mac_key"));
    CHECK(to_hex(hmac_sha256(key, as_bytes("jawort/token/identifier/1"))).substr(0, 32) ==
          vector.get("identifier_key"));
    Keys keys;
    const auto key_id = static_cast<std::uint8_t>(vector.number("key_id"));
    keys.token.emplace(key_id, Secret(key));
    const TokenBox box(keys);
    TokenContent content;
    content.kind = static_cast<TokenKind>(vector.number("kind"));
    content.object = static_cast<TokenObject>(vector.number("object"));
    content.id = *parse_id_text(vector.get("id"));
    const auto expiry = static_cast<std::int64_t>(vector.number("expiry"));
    if (expiry != 0) content.expires_at = Instant(std::chrono::seconds(expiry));
    const std::string token = box.make(content);
    CHECK(token == vector.get("token"));
    CHECK(to_hex(ByteView(*from_base64url(token)).subspan(2, 16)) == vector.get("identifier"));
    CHECK(box.open(vector.get("token"), content.kind) == content);
  }
}

TEST_CASE("FORMAT.md: tokens in addresses") {
  const auto all = vectors("address_token");
  REQUIRE(all.size() >= 2);
  for (const Vector& vector : all) {
    Keys keys;
    keys.token.emplace(static_cast<std::uint8_t>(vector.number("key_id")),
                       Secret(vector.bytes("key")));
    const TokenBox box(keys);
    TokenContent content;
    content.kind = static_cast<TokenKind>(vector.number("kind"));
    content.object = static_cast<TokenObject>(vector.number("object"));
    content.id = *parse_id_text(vector.get("id"));
    CHECK(box.make(content) == vector.get("token"));
    CHECK(to_hex(ByteView(*from_base32(vector.get("token"))).subspan(1, 16)) ==
          vector.get("identifier"));
    CHECK(box.open(vector.get("token"), content.kind) == content);
  }
}

Keys keys_of(const Vector& vector) {
  Keys keys;
  keys.token.emplace(static_cast<std::uint8_t>(vector.number("key_id")),
                     Secret(vector.bytes("key")));
  return keys;
}

TEST_CASE("FORMAT.md: form tokens") {
  for (const Vector& vector : vectors("form_token")) {
    CHECK(to_hex(hmac_sha256(vector.bytes("key"), as_bytes("jawort/form-token/mac/1"))) ==
          vector.get("mac_key"));
    const Hash256 version = fixed<32>(vector.bytes("version"));
    const Instant at = from_millis(static_cast<std::int64_t>(vector.number("millis")));
    const Keys keys = keys_of(vector);
    CHECK(make_form_token(keys, vector.get("form"), version, at) == vector.get("token"));
    CHECK(open_form_token(keys, vector.get("token"), vector.get("form"), version) == at);
  }
}

TEST_CASE("FORMAT.md: proofs of work") {
  for (const Vector& vector : vectors("proof_of_work")) {
    CHECK(to_hex(hmac_sha256(vector.bytes("key"), as_bytes("jawort/proof-of-work/mac/1"))) ==
          vector.get("mac_key"));
    const Solution solution{{vector.get("salt"), vector.get("challenge"), vector.get("signature")},
                            vector.number("number")};
    CHECK(check_solution(keys_of(vector), solution, vector.get("form")) ==
          Instant(std::chrono::seconds(vector.number("expires"))));
  }
}

// The lines of that key, each with a line feed.
std::string text_of(const Vector& vector, std::string_view key) {
  std::string text;
  for (const std::string& line : vector.all(key)) text += line + "\n";
  return text;
}

VerifierKey verifier_of(const Vector& vector) {
  const auto key = VerifierKey::parse(vector.get("vkey"));
  REQUIRE(key);
  return *key;
}

SigningKey signer_of(const Vector& vector, std::string name) {
  auto key = SigningKey::from_seed(std::move(name), Secret(vector.bytes("seed")));
  REQUIRE(key);
  return std::move(*key);
}

TEST_CASE("FORMAT.md: keys that sign, and their public halves") {
  const auto all = vectors("verifier_key");
  REQUIRE(all.size() >= 2);
  for (const Vector& vector : all) {
    const SigningKey signer = signer_of(vector, vector.get("name"));
    CHECK(to_hex(signer.verifier().key) == vector.get("key"));
    CHECK(signer.verifier().text() == vector.get("vkey"));
    const VerifierKey key = verifier_of(vector);
    CHECK(key == signer.verifier());
    CHECK(key.name == vector.get("name"));
    CHECK(vector.get("vkey").find("+" + vector.get("id") + "+") != std::string::npos);
  }
}

TEST_CASE("FORMAT.md: signed notes") {
  const auto all = vectors("note");
  REQUIRE(all.size() >= 2);
  for (const Vector& vector : all) {
    const VerifierKey key = verifier_of(vector);
    const std::string text = text_of(vector, "text");
    const std::string note = text + "\n" + text_of(vector, "signature");
    CHECK(signer_of(vector, key.name).sign(text) == note);
    const auto opened = open_note(note, {key});
    REQUIRE(opened);
    CHECK(opened->text == text);
    CHECK(opened->signers == std::vector<VerifierKey>{key});
  }
}

TEST_CASE("FORMAT.md: what is no signed note") {
  const auto all = vectors("refused_note");
  REQUIRE(all.size() >= 8);
  for (const Vector& vector : all) {
    CAPTURE(vector.get("because"));
    CHECK_FALSE(open_note(text_of(vector, "line"), {verifier_of(vector)}));
  }
}

TEST_CASE("FORMAT.md: checkpoints") {
  const auto all = vectors("checkpoint");
  REQUIRE(all.size() >= 2);
  for (const Vector& vector : all) {
    const auto opened = open_note(text_of(vector, "note"), {verifier_of(vector)});
    REQUIRE(opened);
    const auto checkpoint = parse_checkpoint(opened->text);
    REQUIRE(checkpoint);
    const Checkpoint expected{vector.get("origin"), vector.number("size"),
                              fixed<32>(vector.bytes("root")),
                              from_millis(static_cast<std::int64_t>(vector.number("millis")))};
    CHECK(*checkpoint == expected);
    CHECK(checkpoint_text(expected) == opened->text);
  }
}

TEST_CASE("FORMAT.md: what is no checkpoint") {
  const auto all = vectors("refused_checkpoint");
  REQUIRE(all.size() >= 8);
  for (const Vector& vector : all) {
    CAPTURE(vector.get("because"));
    CHECK_FALSE(parse_checkpoint(text_of(vector, "text")));
  }
}

TEST_CASE("FORMAT.md: the history of keys") {
  const auto all = vectors("key_history");
  REQUIRE(all.size() == 2);
  std::vector<std::string> notes;
  for (const Vector& vector : all) notes.push_back(text_of(vector, "note"));
  const auto history = read_key_history(notes);
  REQUIRE(history);
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const KeyAnnouncement& announcement = (*history)[i].announcement;
    const SigningKey key = signer_of(all[i], announcement.key.name);
    const auto before = all[i].all("previous_seed");
    if (before.empty()) {
      CHECK(announce_key(announcement, key, nullptr) == notes[i]);
      CHECK_FALSE((*history)[i].vouched);
      continue;
    }
    const auto previous =
        SigningKey::from_seed(announcement.key.name, Secret(*from_hex(before.front())));
    REQUIRE(previous);
    CHECK(announce_key(announcement, key, &*previous) == notes[i]);
    CHECK((*history)[i].vouched);
  }
}

TEST_CASE("FORMAT.md has no vector that nothing reads") {
  std::size_t read = 0;
  for (const char* kind :
       {"leaf", "leaf_of_version_1", "refused", "values", "commitment", "tree", "inclusion",
        "consistency", "token", "address_token", "form_token", "proof_of_work", "verifier_key",
        "note", "refused_note", "checkpoint", "refused_checkpoint", "key_history"})
    read += vectors(kind).size();
  std::size_t written = 0;
  const std::string text = document();
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("```vector")) ++written;
  }
  CHECK(read == written);
}

}  // namespace
}  // namespace jawort
