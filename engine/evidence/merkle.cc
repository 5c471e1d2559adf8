#include "engine/evidence/merkle.h"

#include <algorithm>
#include <bit>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::uint8_t kNodePrefix = 0x01;

// Leaves in a row, as RFC 9162 cuts them: a range begins at a multiple of the greatest power of two
// that fits into it, so what it is made of are complete subtrees.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

std::uint64_t left_part(std::uint64_t count) { return std::bit_floor(count - 1); }

// REQUIRES: range.count > 0
Result<Hash256> hash_of(const TreeNodes& nodes, Range range) {
  if (std::has_single_bit(range.count)) {
    const int level = std::countr_zero(range.count);
    return nodes.node(level, range.first >> level);
  }
  const std::uint64_t left = left_part(range.count);
  const auto one = hash_of(nodes, {range.first, left});
  if (!one.ok()) return one;
  const auto other = hash_of(nodes, {range.first + left, range.count - left});
  if (!other.ok()) return other;
  return node_hash(*one, *other);
}

// §2.1.3.1, PATH. Goes down to the entry; what it passes by is the proof, from the top.
Status add_path(const TreeNodes& nodes, std::uint64_t entry, Range range,
                std::vector<Hash256>& out) {
  while (range.count > 1) {
    const std::uint64_t left = left_part(range.count);
    const Range one{range.first, left};
    const Range other{range.first + left, range.count - left};
    const bool in_first = entry < other.first;
    auto sibling = hash_of(nodes, in_first ? other : one);
    if (!sibling.ok()) return sibling.error();
    out.push_back(*sibling);
    range = in_first ? one : other;
  }
  return {};
}

// §2.1.4.1, SUBPROOF. `whole`: the older tree is all of the range, and whoever checks has its root.
Status add_subproof(const TreeNodes& nodes, std::uint64_t older, Range range,
                    std::vector<Hash256>& out) {
  bool whole = true;
  while (older != range.first + range.count) {
    const std::uint64_t left = left_part(range.count);
    const Range one{range.first, left};
    const Range other{range.first + left, range.count - left};
    const bool in_first = older <= other.first;
    auto sibling = hash_of(nodes, in_first ? other : one);
    if (!sibling.ok()) return sibling.error();
    out.push_back(*sibling);
    range = in_first ? one : other;
    if (!in_first) whole = false;
  }
  if (whole) return {};
  auto rest = hash_of(nodes, range);
  if (!rest.ok()) return rest.error();
  out.push_back(*rest);
  return {};
}

// Where a proof has come to on its way up: the node above the entry, and the last one of its level.
struct Climb {
  std::uint64_t node = 0, last = 0;

  // Whether the next hash of a proof stands to the left, and takes the node one level up. Levels at
  // which the node has no sibling are passed over.
  bool from_left() {
    const bool left = (node & 1U) == 1 || node == last;
    if (left) {
      while ((node & 1U) == 0 && node != 0) up();
    }
    up();
    return left;
  }
  void up() {
    node >>= 1U;
    last >>= 1U;
  }
};

}  // namespace

Hash256 node_hash(const Hash256& left, const Hash256& right) {
  std::array<std::uint8_t, 1 + 2 * std::tuple_size_v<Hash256>> bytes{};
  bytes[0] = kNodePrefix;
  std::ranges::copy(right, std::ranges::copy(left, bytes.begin() + 1).out);
  return sha256(bytes);
}

Result<Hash256> tree_root(const TreeNodes& nodes, std::uint64_t size) {
  return size == 0 ? sha256(ByteView{}) : hash_of(nodes, {0, size});
}

Result<std::vector<Hash256>> inclusion_proof(const TreeNodes& nodes, std::uint64_t entry,
                                             std::uint64_t size) {
  if (entry >= size) return invalid("the tree has no such entry");
  std::vector<Hash256> proof;
  JAWORT_TRY(add_path(nodes, entry, {0, size}, proof));
  std::ranges::reverse(proof);
  return proof;
}

Result<std::vector<Hash256>> consistency_proof(const TreeNodes& nodes, std::uint64_t older,
                                               std::uint64_t size) {
  if (older > size) return invalid("the older tree is the greater one");
  std::vector<Hash256> proof;
  if (older == 0 || older == size) return proof;
  JAWORT_TRY(add_subproof(nodes, older, {0, size}, proof));
  std::ranges::reverse(proof);
  return proof;
}

bool proves_inclusion(const Hash256& leaf, std::uint64_t entry, std::uint64_t size,
                      const std::vector<Hash256>& proof, const Hash256& root) {
  if (entry >= size) return false;
  Climb climb{entry, size - 1};
  Hash256 hash = leaf;
  for (const Hash256& sibling : proof) {
    if (climb.last == 0) return false;
    hash = climb.from_left() ? node_hash(sibling, hash) : node_hash(hash, sibling);
  }
  return climb.last == 0 && hash == root;
}

bool proves_consistency(std::uint64_t older, const Hash256& older_root, std::uint64_t size,
                        const Hash256& root, const std::vector<Hash256>& proof) {
  if (older > size) return false;
  if (older == size) return proof.empty() && older_root == root;
  if (older == 0) return proof.empty() && older_root == sha256(ByteView{});
  Climb climb{older - 1, size - 1};
  while ((climb.node & 1U) == 1) climb.up();
  // A complete older tree is where the way up begins: its root is not repeated in the proof.
  auto next = proof.begin();
  if (!std::has_single_bit(older) && next == proof.end()) return false;
  Hash256 before = std::has_single_bit(older) ? older_root : *next++;
  Hash256 now = before;
  for (; next != proof.end(); ++next) {
    if (climb.last == 0) return false;
    if (climb.from_left()) {
      before = node_hash(*next, before);
      now = node_hash(*next, now);
    } else {
      now = node_hash(now, *next);
    }
  }
  return climb.last == 0 && before == older_root && now == root;
}

std::vector<Hash256> TreeFrontier::append(const Hash256& leaf) {
  std::vector<Hash256> completed;
  Hash256 hash = leaf;
  for (std::uint64_t rest = size_; (rest & 1U) == 1; rest >>= 1U) {
    hash = node_hash(complete_.back(), hash);
    complete_.pop_back();
    completed.push_back(hash);
  }
  complete_.push_back(hash);
  ++size_;
  return completed;
}

Hash256 TreeFrontier::root() const {
  if (complete_.empty()) return sha256(ByteView{});
  Hash256 hash = complete_.back();
  for (auto left = complete_.rbegin() + 1; left != complete_.rend(); ++left) {
    hash = node_hash(*left, hash);
  }
  return hash;
}

}  // namespace jawort
