// The nodes of the tree over the log, as the rows of `event` keep them (FORMAT.md §6).
#pragma once

#include <cstdint>

#include "db/sqlite/connection.h"

namespace jawort {

// How many subtrees the leaf with this sequence completes. REQUIRES: sequence > 0
int completed_levels(std::int64_t sequence);

// Their hashes, from level 1 upwards, one after the other: the column `nodes` of that row. Looks up
// as many rows before it, on average one, and expects them to be there; throws what is damaged, as
// all of Query. REQUIRES: sequence > 0
Bytes completed_nodes(Connection& connection, std::int64_t sequence, const Hash256& leaf);

// As TreeNodes::node, from what is kept.
Result<Hash256> kept_node(Connection& connection, int level, std::uint64_t index);

}  // namespace jawort
