#include "engine/campaign/definition_tree.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr int kMaxDepth = 32;

template <typename NodeType>
NodeType* find_child(NodeType& table, std::string_view name) {
  if (table.type != Node::Type::kTable) return nullptr;
  const auto found = std::find_if(table.children.begin(), table.children.end(),
                                  [&](const Node& child) { return child.key == name; });
  return found == table.children.end() ? nullptr : &*found;
}

const Node* find_typed(const Node& table, std::string_view key, Node::Type type) {
  const Node* node = table.find(key);
  return node != nullptr && node->type == type ? node : nullptr;
}

// False: too deep, or a value that no definition has.
bool from_json(const nlohmann::json& json, int depth, Node& out) {
  if (depth > kMaxDepth) return false;
  if (json.is_object()) {
    out.type = Node::Type::kTable;
    for (const auto& [key, value] : json.items()) {
      Node child;
      if (!from_json(value, depth + 1, child)) return false;
      out.add(key, std::move(child));
    }
  } else if (json.is_array()) {
    out.type = Node::Type::kList;
    for (const auto& value : json) {
      if (!from_json(value, depth + 1, out.children.emplace_back())) return false;
    }
  } else if (json.is_string()) {
    out = text_node(json.get_ref<const std::string&>());
  } else if (json.is_boolean()) {
    out = boolean_node(json.get<bool>());
  } else if (json.is_number_integer()) {
    out.type = Node::Type::kInteger;
    out.integer = json.get<std::int64_t>();
  } else {
    return false;
  }
  return true;
}

// RFC 8785 §3.2.2.2: the short escapes where there are any, \u00xx for other control characters,
// and nothing else.
void write_string(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kShortEscapes = "btnvfr";  // U+0008 to U+000D; v is not used
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x08 && byte <= 0x0d && byte != 0x0b) {
      out += '\\';
      out += kShortEscapes[byte - 0x08U];
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xfU];
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_json(const Node& node, std::string& out);

void write_table(const Node& table, std::string& out) {
  std::vector<const Node*> sorted;
  sorted.reserve(table.children.size());
  for (const Node& child : table.children) sorted.push_back(&child);
  std::sort(sorted.begin(), sorted.end(),
            [](const Node* a, const Node* b) { return a->key < b->key; });
  out += '{';
  for (const Node* child : sorted) {
    if (out.back() != '{') out += ',';
    write_string(child->key, out);
    out += ':';
    write_json(*child, out);
  }
  out += '}';
}

void write_list(const Node& list, std::string& out) {
  out += '[';
  for (const Node& child : list.children) {
    if (&child != &list.children.front()) out += ',';
    write_json(child, out);
  }
  out += ']';
}

void write_json(const Node& node, std::string& out) {
  switch (node.type) {
    case Node::Type::kTable:
      return write_table(node, out);
    case Node::Type::kList:
      return write_list(node, out);
    case Node::Type::kInteger:
      out += std::to_string(node.integer);
      return;
    case Node::Type::kBoolean:
      out += node.boolean ? "true" : "false";
      return;
    case Node::Type::kText:
    case Node::Type::kDate:
    case Node::Type::kOther:
      return write_string(node.text, out);
  }
}

}  // namespace

const Node* Node::find(std::string_view name) const { return find_child(*this, name); }
Node* Node::find(std::string_view name) { return find_child(*this, name); }

Node& Node::add(std::string_view name, Node value) {
  value.key = name;
  return children.emplace_back(std::move(value));
}

void Node::erase(std::string_view name) {
  std::erase_if(children, [&](const Node& child) { return child.key == name; });
}

Node text_node(std::string_view text) {
  Node node;
  node.type = Node::Type::kText;
  node.text = text;
  return node;
}

Node boolean_node(bool value) {
  Node node;
  node.type = Node::Type::kBoolean;
  node.boolean = value;
  return node;
}

std::string clean_message(std::string_view message) {
  std::string text(message);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (!has_control_characters(text, false)) return text;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

std::string describe_type(const Node& node) {
  switch (node.type) {
    case Node::Type::kText:
      return "a text";
    case Node::Type::kInteger:
      return "a number";
    case Node::Type::kBoolean:
      return node.boolean ? "true" : "false";
    case Node::Type::kDate:
      return "a date";
    case Node::Type::kList:
      return "a list";
    case Node::Type::kTable:
      return "a table";
    case Node::Type::kOther:
      return node.text;
  }
  return {};
}

Result<Node> parse_json(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  Node node;
  if (parsed.is_discarded() || !from_json(parsed, 0, node)) {
    return invalid("is not a definition in canonical JSON");
  }
  return node;
}

std::string canonical_json(const Node& node) {
  std::string out;
  write_json(node, out);
  return out;
}

Document make_document(std::string_view kind, std::string_view id, const Node& content) {
  Node whole;
  whole.add(kind, content);
  Document document{std::string(kind), std::string(id), canonical_json(whole), {}};
  document.version = sha256(as_bytes(document.body));
  return document;
}

Result<Node> read_document(const Document& document) {
  const std::string name = document.kind + " \"" + document.id + "\": ";
  if (sha256(as_bytes(document.body)) != document.version) {
    return invalid(name + "its bytes do not have the version that it is stored under");
  }
  auto parsed = parse_json(document.body);
  if (!parsed) return invalid(name + parsed.error().message);
  Node* content = parsed->find(document.kind);
  if (content == nullptr || content->type != Node::Type::kTable) {
    return invalid(name + "is not a document of this kind");
  }
  return std::move(*content);
}

std::string text_at(const Node& table, std::string_view key) {
  const Node* node = find_typed(table, key, Node::Type::kText);
  return node == nullptr ? std::string() : node->text;
}

bool flag_at(const Node& table, std::string_view key) {
  const Node* node = find_typed(table, key, Node::Type::kBoolean);
  return node != nullptr && node->boolean;
}

int number_at(const Node& table, std::string_view key) {
  const Node* node = find_typed(table, key, Node::Type::kInteger);
  if (node == nullptr || node->integer < INT32_MIN || node->integer > INT32_MAX) return 0;
  return static_cast<int>(node->integer);
}

std::vector<std::string> texts_at(const Node& table, std::string_view key) {
  std::vector<std::string> texts;
  if (const Node* list = find_typed(table, key, Node::Type::kList)) {
    for (const Node& item : list->children) {
      if (item.type == Node::Type::kText) texts.push_back(item.text);
    }
  }
  return texts;
}

Localized localized_at(const Node& table, std::string_view key) {
  Localized texts;
  if (const Node* languages = find_typed(table, key, Node::Type::kTable)) {
    for (const Node& text : languages->children) {
      if (text.type == Node::Type::kText) texts.emplace(text.key, text.text);
    }
  }
  return texts;
}

std::optional<Duration> duration_at(const Node& table, std::string_view key) {
  const Node* node = find_typed(table, key, Node::Type::kText);
  return node == nullptr ? std::nullopt : parse_duration(node->text);
}

std::vector<RateLimit> rate_limits_at(const Node& table, std::string_view key) {
  const Node* node = find_typed(table, key, Node::Type::kText);
  if (node == nullptr) return {};
  return parse_rate_limits(node->text).value_or(std::vector<RateLimit>{});
}

}  // namespace jawort
