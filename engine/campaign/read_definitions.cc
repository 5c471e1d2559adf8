#include <algorithm>
#include <map>

#include "engine/campaign/definition_schema.h"
#include "engine/campaign/definition_set.h"

namespace jawort {
namespace {

// One definition of the file, in the order of the file.
struct Entry {
  const Kind* kind;
  Node content;
};

std::string entry_name(const Kind& kind, const Node& content) {
  const std::string id = text_at(content, kind.id_key);
  const bool readable = !id.empty() && id.size() <= 200 && !has_control_characters(id, false);
  return std::string(kind.name) + (readable ? " \"" + id + "\"" : "");
}

void refuse_unknown_kind(const Node& node, Report& report) {
  std::vector<std::string_view> names;
  for (const Kind& kind : definition_kinds()) names.push_back(kind.name);
  std::string name(utf8_prefix(node.key, 64));
  if (has_control_characters(name, false)) name = "…";
  report.begin(name);
  const std::string guess = did_you_mean(node.key, names);
  report.wrong(node, "unknown kind of definition" +
                         (guess.empty() ? "; there are " + quoted_list(names) : guess));
}

// [kind] is one definition, [[kind]] any number.
void take_entries(Node& node, const Kind& kind, Report& report, std::vector<Entry>& entries) {
  if (node.type == Node::Type::kTable) {
    entries.push_back({&kind, std::move(node)});
    return;
  }
  const bool list = node.type == Node::Type::kList;
  for (Node& item : node.children) {
    if (item.type != Node::Type::kTable) {
      report.begin(std::string(kind.name));
      report.wrong(item, "must be a table, not " + describe_type(item));
    } else {
      entries.push_back({&kind, std::move(item)});
    }
  }
  if (list) return;
  report.begin(std::string(kind.name));
  report.wrong(node, "must be a table, written [[" + std::string(kind.name) + "]]");
}

std::vector<Entry> entries_of(Node& file, Report& report) {
  std::vector<Entry> entries;
  for (Node& node : file.children) {
    const auto kinds = definition_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const Kind& known) { return known.name == node.key; });
    if (kind == kinds.end()) {
      refuse_unknown_kind(node, report);
    } else {
      take_entries(node, *kind, report, entries);
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.content.line < b.content.line; });
  return entries;
}

// Keys that were not written (defaults) have no line.
std::map<std::string, int, std::less<>> lines_of(const Node& content) {
  std::map<std::string, int, std::less<>> lines{{"", content.line}};
  for (const Node& child : content.children) {
    if (child.line > 0) lines.emplace(child.key, child.line);
    if (child.type != Node::Type::kTable) continue;
    for (const Node& part : child.children) {
      if (part.line > 0) lines.emplace(child.key + "." + part.key, part.line);
    }
  }
  return lines;
}

// Which name was declared where; a second one is refused.
class Declared {
 public:
  void add(const Entry& entry, Report& report) {
    const std::string id = text_at(entry.content, entry.kind->id_key);
    if (id.empty()) return;
    const auto [first, is_new] =
        lines_.try_emplace(std::string(entry.kind->name) + " " + id, entry.content.line);
    if (is_new) return;
    report.wrong(entry.content, std::string(entry.kind->id_key) + ": is declared already in line " +
                                    std::to_string(first->second));
  }

 private:
  std::map<std::string, int> lines_;
};

}  // namespace

Result<std::vector<Document>> read_definitions(std::string_view toml, std::string_view file_name) {
  auto file = parse_toml(toml, file_name);
  if (!file) return file.error();
  Report report(file_name);
  std::vector<Entry> entries = entries_of(*file, report);
  Declared declared;
  for (Entry& entry : entries) {
    report.begin(entry_name(*entry.kind, entry.content));
    entry.kind->check(entry.content, report);
    declared.add(entry, report);
  }
  if (!report.empty()) return configuration_error(report.text());
  std::vector<Document> documents;
  documents.reserve(entries.size());
  for (const Entry& entry : entries) {
    documents.push_back(
        make_document(entry.kind->name, text_at(entry.content, entry.kind->id_key), entry.content));
    documents.back().file = file_name;
    documents.back().lines = lines_of(entry.content);
  }
  return documents;
}

}  // namespace jawort
