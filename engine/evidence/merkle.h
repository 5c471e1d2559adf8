// The Merkle tree over the leaves of the log: hashing and proofs of RFC 9162 §2.1, over hashes that
// somebody else keeps. FORMAT.md has the test vectors. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace jawort {

// RFC 9162 §2.1.1: SHA-256(0x01 || left || right).
Hash256 node_hash(const Hash256& left, const Hash256& right);

// Complete subtrees: node `index` of `level` covers the leaves with entry numbers from
// index << level, 1 << level of them. Level 0 are the leaf hashes. Entry numbers count from 0; the
// leaf with sequence s is entry s - 1.
class TreeNodes {
 public:
  virtual ~TreeNodes() = default;
  // kNotFound: the subtree is not complete yet, or not there.
  virtual Result<Hash256> node(int level, std::uint64_t index) const = 0;
};

// Of the first `size` leaves; SHA-256 of nothing for none. O(log size) nodes are asked for, as by
// all below.
Result<Hash256> tree_root(const TreeNodes& nodes, std::uint64_t size);
// RFC 9162 §2.1.3.1. kInvalid unless entry < size.
Result<std::vector<Hash256>> inclusion_proof(const TreeNodes& nodes, std::uint64_t entry,
                                             std::uint64_t size);
// RFC 9162 §2.1.4.1; empty when both are the same, or the older is empty. kInvalid when it is the
// greater.
Result<std::vector<Hash256>> consistency_proof(const TreeNodes& nodes, std::uint64_t older,
                                               std::uint64_t size);

// RFC 9162 §2.1.3.2 and §2.1.4.2.
bool proves_inclusion(const Hash256& leaf, std::uint64_t entry, std::uint64_t size,
                      const std::vector<Hash256>& proof, const Hash256& root);
bool proves_consistency(std::uint64_t older, const Hash256& older_root, std::uint64_t size,
                        const Hash256& root, const std::vector<Hash256>& proof);

// The tree as it grows: what is complete on the left, one subtree per bit of the size. In constant
// memory, for whoever reads all leaves, and for whoever appends.
class TreeFrontier {
 public:
  // Answers the subtrees that this leaf completes, from level 1 upwards; on average one.
  std::vector<Hash256> append(const Hash256& leaf);
  std::uint64_t size() const { return size_; }
  Hash256 root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash256> complete_;  // from the greatest to the smallest
};

}  // namespace jawort
