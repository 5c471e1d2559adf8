#include <map>

#include "engine/campaign/definition_set.h"
#include "engine/campaign/definition_tree.h"

namespace jawort {
namespace {

// Path → value in JSON. A list of plain values is one value; tables are walked into.
using Leaves = std::map<std::string, std::string>;

void collect(const Node& node, const std::string& path, Leaves& out) {
  const bool list = node.type == Node::Type::kList;
  const bool list_of_tables =
      list && !node.children.empty() && node.children.front().type == Node::Type::kTable;
  if (node.type != Node::Type::kTable && !list_of_tables) {
    out.emplace(path, canonical_json(node));
    return;
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node.children[i];
    const std::string name = list ? path + "[" + std::to_string(i + 1) + "]"
                                  : (path.empty() ? "" : path + ".") + child.key;
    collect(child, name, out);
  }
}

Leaves leaves_of(std::string_view body, std::string_view kind) {
  Leaves leaves;
  const auto whole = parse_json(body);
  if (!whole) return leaves;
  if (const Node* content = whole->find(kind)) collect(*content, "", leaves);
  return leaves;
}

}  // namespace

std::vector<std::string> describe_change(const Document& after, std::string_view before_body) {
  const std::string name = after.kind + " " + after.id;
  if (before_body.empty()) return {name + ": new"};
  const Leaves before = leaves_of(before_body, after.kind);
  const Leaves now = leaves_of(after.body, after.kind);
  Leaves words;  // path → what happened, in the order of the paths
  for (const auto& [path, value] : now) {
    const auto old = before.find(path);
    if (old == before.end()) {
      words.emplace(path, " added");
    } else if (old->second != value) {
      words.emplace(path, " changed");
    }
  }
  for (const auto& [path, value] : before) {
    if (!now.contains(path)) words.emplace(path, " removed");
  }
  std::vector<std::string> lines;
  lines.reserve(words.size());
  for (const auto& [path, word] : words) lines.push_back(name + ": " + path + word);
  return lines;
}

}  // namespace jawort
