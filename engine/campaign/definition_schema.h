// What a valid definition looks like, as data: per kind the keys, each with its check. A check also
// brings its value into the one normal form, so that equal meaning has equal bytes.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/campaign/definition_tree.h"

namespace jawort {

// Collects what is wrong: `file:line: kind "id": key: message`.
class Report {
 public:
  explicit Report(std::string_view file) : file_(file) {}

  // What follows is about this definition. `name` is `kind "id"`.
  void begin(std::string name) { name_ = std::move(name); }
  void wrong(const Node& at, std::string_view message);
  void wrong(int line, std::string_view message);

  // While it lives, messages are about this key (or, for a list, this item, counted from 1).
  class Inside {
   public:
    Inside(Report& report, std::string_view key);
    Inside(Report& report, std::size_t index);
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { report_.path_.resize(size_before_); }

   private:
    Report& report_;
    std::size_t size_before_;
  };

  bool empty() const { return problems_.empty(); }
  std::string text() const;  // one per line, in the order of the file

 private:
  struct Problem {
    int line;
    std::string text;
  };
  std::string file_, name_, path_;
  std::vector<Problem> problems_;
};

// Checks and normalises a value in place.
using Check = void (*)(Node& value, Report& report);

enum class Presence : std::uint8_t { kRequired, kOptional };

struct Key {
  std::string_view name;
  Presence presence = Presence::kOptional;
  Check check = nullptr;
  std::string_view fallback = {};  // as JSON; put in where the key is absent. Empty: stays absent
};

// Unknown and missing keys, every value's check, fallbacks; empty optional tables and lists go.
void check_table(Node& table, std::span<const Key> keys, Report& report);
void check_list(Node& list, Check item, Report& report);
void check_localized(Node& languages, Check text, Report& report);
void check_one_of(Node& value, std::span<const std::string_view> names, Report& report);
// False, and reported, when it is something else. `expected` as in "a list".
bool has_type(const Node& value, Node::Type type, std::string_view expected, Report& report);

bool language_tag(std::string_view tag);  // RFC 5646: "de", "pt-BR"

// `; did you mean "x"?` for the nearest of `known`, or nothing when none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);
std::string quoted_list(std::span<const std::string_view> names);  // "a", "b" or "c"

namespace check {

template <const auto& kKeys>
void table(Node& value, Report& report) {
  check_table(value, kKeys, report);
}
template <Check kItem>
void list_of(Node& value, Report& report) {
  check_list(value, kItem, report);
}
template <Check kText>
void localized(Node& value, Report& report) {
  check_localized(value, kText, report);
}
template <const auto& kNames>
void one_of(Node& value, Report& report) {
  check_one_of(value, kNames, report);
}
// A single value counts as a list of one.
template <Check kItem>
void one_or_list_of(Node& value, Report& report) {
  if (value.type == Node::Type::kText) {
    Node list;
    list.type = Node::Type::kList;
    list.key = value.key;
    list.line = value.line;
    list.children.push_back(std::move(value));
    list.children.front().key.clear();
    value = std::move(list);
  }
  check_list(value, kItem, report);
}

}  // namespace check

// A kind of definition: [[kind]] in the file.
struct Kind {
  std::string_view name;
  std::string_view id_key;  // which key names the definition
  Check check;              // keys, and what they demand of each other
};
std::span<const Kind> definition_kinds();

}  // namespace jawort
