#include "db/sqlite/log_tree.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "engine/evidence/leaf.h"
#include "engine/evidence/merkle.h"

namespace jawort {
namespace {

constexpr std::size_t kHash = std::tuple_size_v<Hash256>;

// The node of that level which the row completes; nothing when there is no such row.
std::optional<Hash256> node_in_row(Connection& connection, std::int64_t sequence, int level) {
  if (level == 0) {
    Query query(connection, "SELECT leaf FROM event WHERE sequence = ?");
    return query.bind(sequence).step() ? std::optional(leaf_hash(query.blob())) : std::nullopt;
  }
  Query query(connection, "SELECT nodes FROM event WHERE sequence = ?");
  if (!query.bind(sequence).step()) return std::nullopt;
  const Bytes nodes = query.blob();
  if (nodes.size() != static_cast<std::size_t>(completed_levels(sequence)) * kHash) {
    Query::damaged("the tree of the log is damaged");
  }
  Hash256 node{};
  const std::size_t at = static_cast<std::size_t>(level - 1) * kHash;
  std::ranges::copy(ByteView(nodes).subspan(at, kHash), node.begin());
  return node;
}

}  // namespace

int completed_levels(std::int64_t sequence) {
  return std::countr_zero(static_cast<std::uint64_t>(sequence));
}

Bytes completed_nodes(Connection& connection, std::int64_t sequence, const Hash256& leaf) {
  Bytes nodes;
  Hash256 hash = leaf;
  for (int level = 0; level < completed_levels(sequence); ++level) {
    // What stands left of it ends right before where it begins.
    const auto left = node_in_row(connection, sequence - (std::int64_t{1} << level), level);
    if (!left) Query::damaged("an event is missing");
    hash = node_hash(*left, hash);
    nodes.insert(nodes.end(), hash.begin(), hash.end());
  }
  return nodes;
}

Result<Hash256> kept_node(Connection& connection, int level, std::uint64_t index) {
  constexpr int kLevels = 63;  // a sequence has 63 bits
  const bool in_range =
      level >= 0 && level < kLevels && index < (std::uint64_t{INT64_MAX} >> level);
  if (!in_range) return not_found("the log has no such subtree");
  const auto row = node_in_row(connection, static_cast<std::int64_t>((index + 1) << level), level);
  return row ? Result<Hash256>(*row) : not_found("the log has no such subtree yet");
}

}  // namespace jawort
