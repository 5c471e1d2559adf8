#include "engine/flow/verify_tree.h"

#include <algorithm>
#include <bit>

#include "engine/base/text.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/read_stored_event.h"

namespace jawort {
namespace {

constexpr std::int64_t kMostMissing = 1 << 20;
constexpr std::size_t kHash = std::tuple_size_v<Hash256>;
using Item = LedgerItem;

Hash256 hash_at(const Bytes& nodes, std::size_t level) {
  Hash256 hash{};
  std::ranges::copy(ByteView(nodes).subspan((level - 1) * kHash, kHash), hash.begin());
  return hash;
}

}  // namespace

Result<LogBlock> read_log_block(const Tables& tables, std::int64_t after, std::int64_t last) {
  auto events = tables.events().page(after, static_cast<int>(last - after));
  if (!events.ok()) return events.error();
  LogBlock block;
  for (StoredEvent& event : *events) {
    if (event.sequence > last) break;
    const bool stepped = event.type == "clock_stepped";
    block.rows.push_back({event.sequence, leaf_hash(event.leaf), std::move(event.nodes), stepped});
    if (!event.contact) (void)read_stored_event(event, block.findings);
  }
  return block;
}

void LogTree::append(const LogBlock::Row& row) {
  fill_up_to(row.sequence - 1);
  append_leaf(row.hash, &row.nodes);
  if (row.clock_stepped) clock_stepped_ = row.sequence;
}

void LogTree::fill_up_to(std::int64_t sequence) {
  if (size() >= sequence) return;
  const std::int64_t first = size() + 1;
  if (first == sequence) {
    findings_.add_event(Item::kLeaves, first, "is missing");
  } else {
    findings_.add(Item::kLeaves, "events " + std::to_string(first) + " to " +
                                     std::to_string(sequence) + " are missing");
  }
  // Nothing stands in the place of millions that never were: one row has a number of its own
  // making.
  if (sequence - size() > kMostMissing) skipped_ += sequence - size();
  while (size() < sequence) append_leaf(Hash256{}, nullptr);
}

// `nodes`: null when the row is missing.
void LogTree::append_leaf(const Hash256& hash, const Bytes* nodes) {
  const auto completed = tree_.append(hash);
  const bool whole = nodes != nullptr && nodes->size() == completed.size() * kHash;
  if (nodes != nullptr && !whole) {
    findings_.add_event(Item::kTree, size(),
                        "keeps " + std::to_string(nodes->size()) +
                            " bytes of nodes, and completes " + std::to_string(completed.size()) +
                            " subtrees");
  }
  Hash256 node = hash;
  for (std::size_t level = 1; level <= completed.size(); ++level) {
    const Hash256 expected = node_hash(kept_.back(), node);
    kept_.pop_back();
    node = whole ? hash_at(*nodes, level) : expected;
    if (node == expected) continue;
    const std::int64_t first = size() - (std::int64_t{1} << level) + 1;
    findings_.add_event(Item::kTree, size(),
                        "keeps another node of level " + std::to_string(level) +
                            " than the tree has: it, or a leaf or node of events " +
                            std::to_string(first) + " to " + std::to_string(size()) +
                            ", was changed");
  }
  kept_.push_back(node);
}

}  // namespace jawort
