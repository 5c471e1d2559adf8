#include <sstream>

#include <toml++/toml.h>

#include "engine/app/settings.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

int line_of(const toml::source_region& region) { return static_cast<int>(region.begin.line); }

std::string place(std::string_view file_name, int line) {
  return std::string(file_name) + ":" + std::to_string(line);
}

std::string_view type_name(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  if (node.is_floating_point()) return "a number with a fraction";
  return "a date or time";
}

Setting::Value value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  const toml::array* list = node.as_array();
  if (list == nullptr) return Setting::OtherType{type_name(node)};
  std::vector<std::string> texts;
  for (const toml::node& item : *list) {
    const auto* text = item.as_string();
    if (text == nullptr) return Setting::OtherType{"a list of something else than text"};
    texts.push_back(text->get());
  }
  return texts;
}

void collect(const toml::table& root, std::string_view file_name, Settings& settings) {
  for (const auto& [section, content] : root) {
    const toml::table* table = content.as_table();
    const std::string name(section.str());
    const int line = line_of(section.source());
    if (table == nullptr) {
      settings.problems.push_back(
          {place(file_name, line) + ": " + name + ": stands outside of a section like [server]",
           line});
      continue;
    }
    // The section itself is a setting without a key, so that its name is checked, empty or not.
    settings.found.push_back(Setting{name, "", false, place(file_name, line), line});
    for (const auto& [key, value] : *table) {
      const int at = line_of(key.source());
      settings.found.push_back(
          Setting{name, std::string(key.str()), value_of(value), place(file_name, at), at});
    }
  }
}

}  // namespace

Settings read_toml_settings(std::string_view toml, std::string_view file_name) {
  Settings settings;
  if (!valid_utf8(toml)) {
    settings.problems.push_back({place(file_name, 1) + ": is not UTF-8 text", 1});
    return settings;
  }
  try {
    collect(toml::parse(toml), file_name, settings);
  } catch (const toml::parse_error& error) {
    // The parser's own words quote at most a few characters of the file around the mistake.
    settings.found.clear();
    const int line = line_of(error.source());
    settings.problems.push_back(
        {place(file_name, line) + ": is not valid TOML: " + std::string(error.description()),
         line});
  }
  return settings;
}

}  // namespace jawort
