#include "db/sqlite/fill_nodes.h"

#include <string>
#include <utility>
#include <vector>

#include "db/sqlite/log_tree.h"
#include "engine/evidence/leaf.h"
#include "engine/evidence/merkle.h"

namespace jawort {
namespace {

constexpr int kPage = 1000;

// Continues after the tree's size; false when nothing was left.
Result<bool> fill_page(Connection& connection, TreeFrontier& tree) {
  struct Completed {
    std::int64_t sequence = 0;
    Bytes nodes;
  };
  std::vector<Completed> page;
  const auto before = tree.size();
  {
    Query query(connection,
                "SELECT sequence, leaf FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?");
    query.bind(static_cast<std::int64_t>(before), kPage);
    while (query.step()) {
      Completed row{query.integer(), {}};
      if (row.sequence != static_cast<std::int64_t>(tree.size()) + 1) {
        return storage_error("event " + std::to_string(tree.size() + 1) + " is missing");
      }
      for (const Hash256& node : tree.append(leaf_hash(query.blob()))) {
        row.nodes.insert(row.nodes.end(), node.begin(), node.end());
      }
      if (!row.nodes.empty()) page.push_back(std::move(row));
    }
  }
  for (const Completed& row : page) {
    Query(connection, "UPDATE event SET nodes = ? WHERE sequence = ?").run(row.nodes, row.sequence);
  }
  return tree.size() > before;
}

// The trigger that refuses every change of an event, in its own words; empty when there is none.
Result<std::string> update_trigger(Connection& connection) {
  return connection.guarded([&]() -> Result<std::string> {
    Query query(connection,
                "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'event_update'");
    return query.step() ? query.text() : std::string();
  });
}

}  // namespace

Status fill_nodes(Connection& connection) {
  const auto trigger = update_trigger(connection);
  if (!trigger.ok()) return trigger.error();
  JAWORT_TRY(connection.run_script("DROP TRIGGER event_update"));
  JAWORT_TRY(connection.guarded([&]() -> Status {
    TreeFrontier tree;
    while (true) {
      const auto more = fill_page(connection, tree);
      if (!more.ok()) return more.error();
      if (!*more) return {};
    }
  }));
  return connection.run_script(*trigger);
}

}  // namespace jawort
