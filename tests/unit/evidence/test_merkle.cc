// Proofs held against a reference written word by word from RFC 9162 §2.1, over all small trees.
#include <algorithm>
#include <bit>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"
#include "engine/evidence/merkle.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

namespace jawort {
namespace {

using Hashes = std::vector<Hash256>;
using Entries = std::span<const Hash256>;
using testing::take;

// "k: the largest power of two smaller than n".
std::size_t split_of(Entries entries) {
  std::size_t k = 1;
  while (k * 2 < entries.size()) k *= 2;
  return k;
}

Hash256 two(const Hash256& left, const Hash256& right) {
  static constexpr std::uint8_t kNode[] = {0x01};
  return sha256({ByteView(kNode), left, right});
}

Hash256 reference_root(Entries entries) {
  if (entries.empty()) return sha256(ByteView{});
  if (entries.size() == 1) return entries[0];
  const std::size_t k = split_of(entries);
  return two(reference_root(entries.first(k)), reference_root(entries.subspan(k)));
}

Hashes joined(Hashes list, const Hash256& last) {
  list.push_back(last);
  return list;
}

Hashes reference_path(std::size_t m, Entries entries) {
  if (entries.size() == 1) return {};
  const std::size_t k = split_of(entries);
  if (m < k) {
    return joined(reference_path(m, entries.first(k)), reference_root(entries.subspan(k)));
  }
  return joined(reference_path(m - k, entries.subspan(k)), reference_root(entries.first(k)));
}

Hashes reference_subproof(std::size_t m, Entries entries, bool whole) {
  if (m == entries.size()) return whole ? Hashes{} : Hashes{reference_root(entries)};
  const std::size_t k = split_of(entries);
  if (m <= k) {
    return joined(reference_subproof(m, entries.first(k), whole),
                  reference_root(entries.subspan(k)));
  }
  return joined(reference_subproof(m - k, entries.subspan(k), false),
                reference_root(entries.first(k)));
}

// Every complete subtree, built by nothing but what TreeFrontier answers.
class KeptNodes final : public TreeNodes {
 public:
  explicit KeptNodes(Entries entries) {
    for (const Hash256& entry : entries) {
      add(0, entry);
      int level = 0;
      for (const Hash256& node : frontier_.append(entry)) add(++level, node);
    }
  }
  Result<Hash256> node(int level, std::uint64_t index) const override {
    ++asked_;
    const auto at = static_cast<std::size_t>(level);
    if (at >= levels_.size() || index >= levels_[at].size()) return not_found("no such node");
    return levels_[at][static_cast<std::size_t>(index)];
  }
  const TreeFrontier& frontier() const { return frontier_; }
  int asked() const { return asked_; }

 private:
  void add(int level, const Hash256& node) {
    const auto at = static_cast<std::size_t>(level);
    if (at >= levels_.size()) levels_.resize(at + 1);
    levels_[at].push_back(node);
  }
  TreeFrontier frontier_;
  std::vector<Hashes> levels_;
  mutable int asked_ = 0;
};

Hashes some_entries(std::size_t count) {
  Hashes entries;
  for (std::size_t i = 0; i < count; ++i) {
    entries.push_back(leaf_hash(as_bytes("entry " + std::to_string(i))));
  }
  return entries;
}

// A tree of 2^62 leaves and more that are all alike: a node is the same wherever it stands.
class EndlessNodes final : public TreeNodes {
 public:
  EndlessNodes() {
    Hash256 hash = leaf_hash(as_bytes("always the same"));
    for (int level = 0; level < 64; ++level, hash = two(hash, hash)) levels_.push_back(hash);
  }
  Result<Hash256> node(int level, std::uint64_t) const override {
    return levels_.at(static_cast<std::size_t>(level));
  }

 private:
  Hashes levels_;
};

// What a proof must not survive.
std::vector<Hashes> spoilt(const Hashes& proof, const Hash256& other) {
  std::vector<Hashes> all{joined(proof, other)};
  Hashes in_front{other};
  in_front.insert(in_front.end(), proof.begin(), proof.end());
  all.push_back(in_front);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    Hashes changed = proof;
    changed[i][i % 32] = static_cast<std::uint8_t>(changed[i][i % 32] ^ (1U << (i % 8)));
    all.push_back(changed);
    Hashes shorter = proof;
    shorter.erase(shorter.begin() + at);
    all.push_back(shorter);
    Hashes twice = proof;
    twice.insert(twice.begin() + at, proof[i]);
    all.push_back(twice);
    if (i == 0 || proof[i] == proof[i - 1]) continue;
    Hashes swapped = proof;
    std::swap(swapped[i], swapped[i - 1]);
    all.push_back(swapped);
  }
  return all;
}

Hash256 with_bit_flipped(Hash256 hash, std::size_t bit) {
  hash[bit / 8] = static_cast<std::uint8_t>(hash[bit / 8] ^ (1U << (bit % 8)));
  return hash;
}

Hashes hashes(const std::vector<std::string>& texts) {
  Hashes all;
  for (const std::string& text : texts) {
    const auto bytes = from_hex(text);
    REQUIRE((bytes && bytes->size() == 32));
    std::ranges::copy(*bytes, all.emplace_back().begin());
  }
  return all;
}

// The entries of the reference tree of Certificate Transparency.
Hashes ct_entries() {
  Hashes entries;
  for (const char* text : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                           "606162636465666768696a6b6c6d6e6f"}) {
    entries.push_back(leaf_hash(*from_hex(text)));
  }
  return entries;
}

TEST_CASE("merkle: the eight-leaf tree of Certificate Transparency") {
  const Hashes entries = ct_entries();
  const Hashes roots = hashes({
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  });
  for (std::size_t size = 0; size <= entries.size(); ++size) {
    const KeptNodes nodes(Entries(entries).first(size));
    CHECK(take(tree_root(nodes, size)) == roots[size]);
    CHECK(nodes.frontier().root() == roots[size]);
    CHECK(nodes.frontier().size() == size);
  }
  const KeptNodes nodes(entries);
  CHECK(take(inclusion_proof(nodes, 5, 8)) ==
        hashes({"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  CHECK(take(consistency_proof(nodes, 6, 8)) ==
        hashes({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
}

TEST_CASE("merkle: roots and proofs of every size up to 300 are those of the RFC's definitions") {
  const Hashes entries = some_entries(300);
  const KeptNodes nodes(entries);
  std::vector<Hash256> roots;
  for (std::size_t size = 0; size <= entries.size(); ++size) {
    roots.push_back(reference_root(Entries(entries).first(size)));
    if (take(tree_root(nodes, size)) != roots[size]) FAIL("root of " << size);
  }
  std::size_t inclusions = 0, consistencies = 0;
  for (std::size_t size = 1; size <= entries.size(); ++size) {
    const Entries tree = Entries(entries).first(size);
    // The reference computes each hash again and again: all proofs of some sizes, some of all.
    const std::size_t step = size <= 70 || size % 37 == 0 ? 1 : 23;
    for (std::size_t at = size % step; at < size; at += step) {
      const Hashes path = take(inclusion_proof(nodes, at, size));
      const bool same_path = path == reference_path(at, tree);
      const bool included = proves_inclusion(entries[at], at, size, path, roots[size]);
      if (!same_path || !included) FAIL("inclusion of " << at << " in " << size);
      ++inclusions;
      const std::size_t older = at + 1;
      const Hashes proof = take(consistency_proof(nodes, older, size));
      const bool same_proof = proof == reference_subproof(older, tree, true);
      const bool consistent = proves_consistency(older, roots[older], size, roots[size], proof);
      if (!same_proof || !consistent) FAIL("consistency of " << older << " with " << size);
      ++consistencies;
    }
  }
  CHECK(inclusions > 5000);
  CHECK(consistencies > 5000);
}

TEST_CASE("merkle: every proof of every size up to 300 is accepted") {
  const Hashes entries = some_entries(300);
  const KeptNodes nodes(entries);
  std::vector<Hash256> roots;
  for (std::size_t size = 0; size <= entries.size(); ++size) {
    roots.push_back(take(tree_root(nodes, size)));
  }
  for (std::size_t size = 1; size <= entries.size(); ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      const Hashes path = take(inclusion_proof(nodes, at, size));
      if (!proves_inclusion(entries[at], at, size, path, roots[size])) {
        FAIL("inclusion of " << at << " in " << size);
      }
    }
    for (std::size_t older = 0; older <= size; ++older) {
      const Hashes proof = take(consistency_proof(nodes, older, size));
      if (!proves_consistency(older, roots[older], size, roots[size], proof)) {
        FAIL("consistency of " << older << " with " << size);
      }
    }
  }
}

TEST_CASE("merkle: an inclusion proof proves one entry at one place in one tree") {
  const Hashes entries = some_entries(130);
  const KeptNodes nodes(entries);
  const Hash256 other = leaf_hash(as_bytes("another"));
  for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 9U, 33U, 64U, 100U, 130U}) {
    const Hash256 root = take(tree_root(nodes, size));
    for (std::size_t at = 0; at < size; ++at) {
      const Hashes path = take(inclusion_proof(nodes, at, size));
      CAPTURE(size, at);
      for (const Hashes& wrong : spoilt(path, other)) {
        if (proves_inclusion(entries[at], at, size, wrong, root)) FAIL("a spoilt proof");
      }
      const std::size_t bit = (size * 7 + at) % 256;
      CHECK_FALSE(proves_inclusion(with_bit_flipped(entries[at], bit), at, size, path, root));
      CHECK_FALSE(proves_inclusion(entries[at], at, size, path, with_bit_flipped(root, bit)));
      CHECK_FALSE(proves_inclusion(entries[at], size, size, path, root));
      for (std::size_t elsewhere = 0; elsewhere < size; ++elsewhere) {
        if (elsewhere == at) continue;
        if (proves_inclusion(entries[at], elsewhere, size, path, root)) FAIL("another place");
      }
    }
  }
}

TEST_CASE("merkle: a consistency proof proves one tree to be the beginning of one other") {
  const Hashes entries = some_entries(130);
  const KeptNodes nodes(entries);
  const Hash256 other = leaf_hash(as_bytes("another"));
  for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 9U, 33U, 64U, 100U, 130U}) {
    const Hash256 root = take(tree_root(nodes, size));
    for (std::size_t older = 0; older <= size; ++older) {
      const Hash256 before = take(tree_root(nodes, older));
      const Hashes proof = take(consistency_proof(nodes, older, size));
      CAPTURE(size, older);
      for (const Hashes& wrong : spoilt(proof, other)) {
        if (proves_consistency(older, before, size, root, wrong)) FAIL("a spoilt proof");
      }
      const std::size_t bit = (size * 7 + older) % 256;
      CHECK_FALSE(proves_consistency(older, with_bit_flipped(before, bit), size, root, proof));
      CHECK_FALSE(proves_consistency(size + 1, before, size, root, proof));
      // With no entry before, any tree is a continuation: nothing is said of its root.
      if (older == 0) continue;
      CHECK_FALSE(proves_consistency(older, before, size, with_bit_flipped(root, bit), proof));
      for (std::size_t elsewhere = 0; elsewhere <= size; ++elsewhere) {
        if (elsewhere == older) continue;
        if (proves_consistency(elsewhere, before, size, root, proof)) FAIL("another size");
      }
    }
  }
}

TEST_CASE("merkle: a log that was written anew is not consistent with what was seen before") {
  Hashes entries = some_entries(40);
  const Hash256 before = take(tree_root(KeptNodes(entries), 23));
  entries[11] = leaf_hash(as_bytes("another"));
  const KeptNodes nodes(entries);
  CHECK_FALSE(proves_consistency(23, before, 40, take(tree_root(nodes, 40)),
                                 take(consistency_proof(nodes, 23, 40))));
}

TEST_CASE("merkle: what cannot be asked is refused") {
  const KeptNodes nodes(some_entries(5));
  CHECK(inclusion_proof(nodes, 5, 5).error().kind == ErrorKind::kInvalid);
  CHECK(inclusion_proof(nodes, 0, 0).error().kind == ErrorKind::kInvalid);
  CHECK(consistency_proof(nodes, 6, 5).error().kind == ErrorKind::kInvalid);
  CHECK(tree_root(nodes, 8).error().kind == ErrorKind::kNotFound);
  CHECK(inclusion_proof(nodes, 1, 6).error().kind == ErrorKind::kNotFound);
  CHECK(consistency_proof(nodes, 5, 7).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("merkle: big trees, by few nodes") {
  const EndlessNodes nodes;
  std::mt19937_64 random(20261130);
  const Hash256 entry = *nodes.node(0, 0);
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t size = (random() >> (random() % 63)) | 1U;
    const std::uint64_t at = random() % size;
    const Hash256 root = take(tree_root(nodes, size));
    const Hashes path = take(inclusion_proof(nodes, at, size));
    CAPTURE(size, at);
    REQUIRE(path.size() <= static_cast<std::size_t>(std::bit_width(size)));
    REQUIRE(proves_inclusion(entry, at, size, path, root));
    const std::uint64_t older = at + 1;
    const Hash256 before = take(tree_root(nodes, older));
    const Hashes proof = take(consistency_proof(nodes, older, size));
    REQUIRE(proof.size() <= static_cast<std::size_t>(std::bit_width(size)) + 1);
    REQUIRE(proves_consistency(older, before, size, root, proof));
    for (const Hashes& wrong : spoilt(path, root)) {
      if (proves_inclusion(entry, at, size, wrong, root)) FAIL("a spoilt proof");
    }
  }
}

TEST_CASE("merkle: a proof asks for no more nodes than the tree is high, squared at most") {
  const Hashes entries = some_entries(3000);
  const KeptNodes nodes(entries);
  for (const std::uint64_t size : {3000U, 2999U, 2048U, 2047U, 1U}) {
    const int before = nodes.asked();
    REQUIRE(tree_root(nodes, size));
    CHECK(nodes.asked() - before == std::popcount(size));
    const int between = nodes.asked();
    REQUIRE(inclusion_proof(nodes, size / 3, size));
    REQUIRE(consistency_proof(nodes, size / 3, size));
    CHECK(nodes.asked() - between <= 4 * static_cast<int>(std::bit_width(size)));
  }
}

}  // namespace
}  // namespace jawort
