// A definition as a tree: what TOML and JSON have in common, and the line each part came from.
// Inside the room only; others see the structs of definitions.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/campaign/definitions.h"

namespace jawort {

struct Node {
  // kOther: what no definition may hold (a fraction, a time of day); `text` says what it is.
  enum class Type : std::uint8_t { kText, kInteger, kBoolean, kDate, kList, kTable, kOther };

  Type type = Type::kTable;
  std::string key;   // its name in the table above it; empty in a list
  int line = 0;      // in the file, from 1; 0: not read from a file
  std::string text;  // kText; kDate as "2026-03-14"
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Node> children;  // kList, kTable

  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);
  // REQUIRES: a table without `name`.
  Node& add(std::string_view name, Node value);
  void erase(std::string_view name);
};

Node text_node(std::string_view text);
Node boolean_node(bool value);

// "a text", "a list" …, for messages.
std::string describe_type(const Node& node);
// What a message quotes of a file, fit for one line of a terminal.
std::string clean_message(std::string_view message);

// TOML v1.0, at most 4 MiB. kConfiguration: "file:line: what is wrong".
Result<Node> parse_toml(std::string_view toml, std::string_view file_name);
// JSON without fractions. kInvalid for anything else.
Result<Node> parse_json(std::string_view json);
// RFC 8785. REQUIRES: ASCII keys (so that the order of bytes is the order of UTF-16), no kOther.
std::string canonical_json(const Node& node);

// The body is {"<kind>":{…}}: two kinds with the same keys never share a version.
Document make_document(std::string_view kind, std::string_view id, const Node& content);
// The table inside. kInvalid when the body is damaged or does not have the stated version.
Result<Node> read_document(const Document& document);

// Reading a validated table: the value, or the empty one where the key is absent.
std::string text_at(const Node& table, std::string_view key);
bool flag_at(const Node& table, std::string_view key);
int number_at(const Node& table, std::string_view key);
std::vector<std::string> texts_at(const Node& table, std::string_view key);
Localized localized_at(const Node& table, std::string_view key);
std::optional<Duration> duration_at(const Node& table, std::string_view key);
std::vector<RateLimit> rate_limits_at(const Node& table, std::string_view key);

}  // namespace jawort
