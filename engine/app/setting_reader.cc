#include <charconv>

#include "engine/app/config_keys.h"

namespace jawort {
namespace {

std::string_view type_of(const Setting::Value& value) {
  struct {
    std::string_view operator()(const std::string&) const { return "text"; }
    std::string_view operator()(std::int64_t) const { return "a whole number"; }
    std::string_view operator()(bool) const { return "true or false"; }
    std::string_view operator()(const std::vector<std::string>&) const { return "a list"; }
    std::string_view operator()(const Setting::OtherType& other) const { return other.name; }
  } name;
  return std::visit(name, value);
}

}  // namespace

bool SettingReader::is_usable(const std::string& text) {
  if (text.empty()) {
    refuse("is empty; leave it out instead");
    return false;
  }
  if (has_control_characters(text, false)) {
    refuse("must not hold line breaks or other control characters");
    return false;
  }
  return true;
}

std::optional<std::string> SettingReader::text() {
  const auto* text = std::get_if<std::string>(&setting_.value);
  if (text == nullptr) {
    refuse("must be text in quotes, not " + std::string(type_of(setting_.value)));
    return std::nullopt;
  }
  if (!is_usable(*text)) return std::nullopt;
  return *text;
}

std::optional<int> SettingReader::whole_number(int least, int most) {
  std::int64_t number = 0;
  if (const auto* typed = std::get_if<std::int64_t>(&setting_.value)) {
    number = *typed;
  } else {
    const auto* text = std::get_if<std::string>(&setting_.value);
    const char* const end = text != nullptr ? text->data() + text->size() : nullptr;
    const bool read = text != nullptr && setting_.from_environment() &&
                      std::from_chars(text->data(), end, number).ptr == end && !text->empty();
    if (!read) {
      refuse("must be a whole number, not " + std::string(type_of(setting_.value)));
      return std::nullopt;
    }
  }
  if (number < least || number > most) {
    refuse("must be from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
           std::to_string(number));
    return std::nullopt;
  }
  return static_cast<int>(number);
}

std::optional<std::vector<std::string>> SettingReader::list() {
  if (const auto* list = std::get_if<std::vector<std::string>>(&setting_.value)) return *list;
  const auto* text = std::get_if<std::string>(&setting_.value);
  if (text == nullptr || !setting_.from_environment()) {
    refuse("must be a list of texts, not " + std::string(type_of(setting_.value)));
    return std::nullopt;
  }
  std::vector<std::string> items;
  for (const std::string_view item : split(*text, ',')) items.emplace_back(trim_ascii_space(item));
  return items;
}

std::optional<std::vector<std::string>> SettingReader::texts() {
  if (std::holds_alternative<std::string>(setting_.value) && !setting_.from_environment()) {
    const auto one = text();
    if (!one) return std::nullopt;
    return std::vector{*one};
  }
  auto items = list();
  if (!items) return std::nullopt;
  if (items->empty()) refuse("is empty; leave it out instead");
  for (const std::string& item : *items) {
    if (!is_usable(item)) break;
  }
  if (!problem_.empty()) return std::nullopt;
  return items;
}

std::optional<std::chrono::seconds> SettingReader::exact_duration(std::chrono::seconds least,
                                                                  std::chrono::seconds most) {
  const auto text = this->text();
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (!duration) {
    refuse("must be an ISO 8601 duration like \"PT25S\" or \"P7D\", not \"" + *text + "\"");
    return std::nullopt;
  }
  if (duration->months != 0 || duration->seconds < least || duration->seconds > most) {
    refuse("must be from " + std::to_string(least.count()) + " to " + std::to_string(most.count()) +
           " seconds, counted without months and years, not \"" + *text + "\"");
    return std::nullopt;
  }
  return duration->seconds;
}

std::optional<std::size_t> SettingReader::choice(const std::vector<std::string_view>& names) {
  const auto text = this->text();
  if (!text) return std::nullopt;
  std::string known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (*text == names[i]) return i;
    if (i > 0) known += i + 1 == names.size() ? " or " : ", ";
    known += names[i];
  }
  refuse("must be " + known + ", not \"" + *text + "\"");
  return std::nullopt;
}

}  // namespace jawort
