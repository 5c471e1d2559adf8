// The one file that knows toml++.
#include <cstdio>
#include <exception>

#include <toml++/toml.h>

#include "engine/campaign/definition_tree.h"

namespace jawort {
namespace {

constexpr std::size_t kMaxBytes = 4U << 20U;
constexpr int kMaxDepth = 32;
constexpr int kMaxDottedParts = 16;

Error at_line(std::string_view file, int line, std::string_view what) {
  return configuration_error(std::string(file) + ":" + std::to_string(line) + ": " +
                             std::string(what));
}

// Where a string that starts at `at` ends (its last quote), after TOML's four kinds of strings.
std::size_t end_of_string(std::string_view toml, std::size_t at) {
  const char quote = toml[at];
  const std::string three(3, quote);
  const bool multi_line = toml.substr(at, 3) == three;
  std::size_t end = at + (multi_line ? 3 : 1);
  for (; end < toml.size(); ++end) {
    if (quote == '"' && toml[end] == '\\') {
      ++end;
    } else if (multi_line && toml.substr(end, 3) == three) {
      return end + 2;
    } else if (!multi_line && (toml[end] == quote || toml[end] == '\n')) {
      return end;
    }
  }
  return toml.size();
}

// The parser limits nested values but not the parts of a dotted key, and a tree of some ten
// thousand levels overflows the stack when it is taken apart. Outside strings and comments a dot
// stands only in keys, fractions and times. Answers the line of a key with too many, 0 when there
// is none.
int line_of_deep_key(std::string_view toml) {
  int line = 1;
  int dots = 0;
  for (std::size_t at = 0; at < toml.size(); ++at) {
    const char c = toml[at];
    if (c == '"' || c == '\'') {
      const std::size_t end = end_of_string(toml, at);
      for (; at < end; ++at) line += toml[at] == '\n' ? 1 : 0;
      if (end < toml.size() && toml[end] == '\n') --at;  // unfinished: the new line counts below
    } else if (c == '#') {
      while (at + 1 < toml.size() && toml[at + 1] != '\n') ++at;
    } else if (c == '.') {
      if (++dots > kMaxDottedParts) return line;
    } else if (c == '\n' || c == '=' || c == ',' || c == '{' || c == '[') {
      dots = 0;
      line += c == '\n' ? 1 : 0;
    }
  }
  return 0;
}

int line_of(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

Node date_node(const toml::date& date) {
  char text[16];
  std::snprintf(text, sizeof text, "%04u-%02u-%02u", static_cast<unsigned>(date.year),
                static_cast<unsigned>(date.month), static_cast<unsigned>(date.day));
  Node node = text_node(text);
  node.type = Node::Type::kDate;
  return node;
}

Node other_node(std::string_view what) {
  Node node = text_node(what);
  node.type = Node::Type::kOther;
  return node;
}

Node from_toml(const toml::node& value, int depth);

Node from_table(const toml::table& table, int depth) {
  Node node;
  for (const auto& [key, value] : table) {
    Node& child = node.add(key.str(), from_toml(value, depth + 1));
    child.line = line_of(key.source());
  }
  return node;
}

Node from_list(const toml::array& array, int depth) {
  Node node;
  node.type = Node::Type::kList;
  for (const toml::node& value : array) node.children.push_back(from_toml(value, depth + 1));
  return node;
}

Node from_value(const toml::node& value) {
  Node node;
  if (const auto* text = value.as_string()) {
    node = text_node(text->get());
  } else if (const auto* integer = value.as_integer()) {
    node.type = Node::Type::kInteger;
    node.integer = integer->get();
  } else if (const auto* boolean = value.as_boolean()) {
    node = boolean_node(boolean->get());
  } else if (const auto* date = value.as_date()) {
    node = date_node(date->get());
  } else if (value.is_floating_point()) {
    node = other_node("a fraction");
  } else {
    node = other_node("a time");
  }
  return node;
}

Node from_toml(const toml::node& value, int depth) {
  Node node;
  if (depth > kMaxDepth) {
    node = other_node("nested too deeply");
  } else if (const auto* table = value.as_table()) {
    node = from_table(*table, depth);
  } else if (const auto* array = value.as_array()) {
    node = from_list(*array, depth);
  } else {
    node = from_value(value);
  }
  node.line = line_of(value.source());
  return node;
}

}  // namespace

Result<Node> parse_toml(std::string_view toml, std::string_view file_name) {
  if (toml.size() > kMaxBytes) {
    return configuration_error(std::string(file_name) + ": is larger than 4 MiB");
  }
  if (const int line = line_of_deep_key(toml)) {
    return at_line(file_name, line, "TOML: a key has more than 17 parts");
  }
  try {
    return from_toml(toml::parse(toml), 0);
  } catch (const toml::parse_error& error) {
    return at_line(file_name, line_of(error.source()),
                   "TOML: " + clean_message(error.description()));
  } catch (const std::exception& error) {
    return configuration_error(std::string(file_name) + ": " + clean_message(error.what()));
  }
}

}  // namespace jawort
