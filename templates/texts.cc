#include "templates/texts.h"

#include <algorithm>

#include <toml++/toml.h>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::string_view kBuiltIn = "pages/texts.";
constexpr std::string_view kPlain = "texts.";
constexpr std::string_view kOwn = "pages/own.texts.";
constexpr std::string_view kCountries = "pages/countries.";
constexpr std::string_view kToml = ".toml";
constexpr std::string_view kEnglish = "en";

bool text_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
  });
}

std::string_view language_in(std::string_view path, std::string_view prefix) {
  path.remove_prefix(prefix.size());
  return path.substr(0, path.size() - kToml.size());
}

Error fault_at(const TemplateFile& file, const toml::source_region& place,
               std::string_view reason) {
  return configuration_error(file.shown_as + ":" + std::to_string(place.begin.line) + ": " +
                             std::string(reason));
}

bool plain_text(const std::optional<std::string>& text) {
  return text && !has_control_characters(*text, /*allow_newline=*/true);
}

bool country_code(const std::optional<std::string>& code) {
  return code && code->size() == 2 &&
         std::ranges::all_of(*code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

Status Texts::read(const TemplateFile& file, Words& words) {
  try {
    const toml::table table = toml::parse(file.source, file.shown_as);
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      const auto text = value.value<std::string>();
      if (!text_key(name) || !value.is_string() || !plain_text(text)) {
        return fault_at(file, value.source(),
                        name + ": a key in lower case and a plain text are expected");
      }
      words[name] = *text;
    }
  } catch (const toml::parse_error& error) {
    return fault_at(file, error.source(), error.description());
  }
  return {};
}

Status Texts::read_countries(const TemplateFile& file, std::vector<Country>& countries) {
  try {
    const toml::table table = toml::parse(file.source, file.shown_as);
    const toml::array* list = table["countries"].as_array();
    if (list == nullptr) return fault_at(file, table.source(), "countries: a list is expected");
    for (const toml::node& entry : *list) {
      const toml::array* pair = entry.as_array();
      const bool two = pair != nullptr && pair->size() == 2;
      const auto code = two ? pair->get(0)->value<std::string>() : std::nullopt;
      const auto name = two ? pair->get(1)->value<std::string>() : std::nullopt;
      if (!country_code(code) || !plain_text(name)) {
        return fault_at(file, entry.source(), "countries: [\"DE\", \"name\"] is expected");
      }
      countries.push_back({*code, *name});
    }
  } catch (const toml::parse_error& error) {
    return fault_at(file, error.source(), error.description());
  }
  return {};
}

Result<Texts> Texts::load(const TemplateFiles& files) {
  Texts texts;
  for (const std::string_view prefix : {kBuiltIn, kOwn}) {
    for (const auto& [path, file] : files) {
      if (!path.starts_with(prefix) || !path.ends_with(kToml)) continue;
      JAWORT_TRY(read(file, texts.languages_[std::string(language_in(path, prefix))]));
    }
  }
  for (const auto& [path, file] : files) {
    if (!path.starts_with(kCountries)) continue;
    auto& countries = texts.countries_[std::string(language_in(path, kCountries))];
    JAWORT_TRY(read_countries(file, countries));
  }
  texts.collect_keys();
  if (!texts.languages_.contains(kEnglish) || !texts.countries_.contains(kEnglish)) {
    return internal_error("there are no English texts");
  }
  return texts;
}

Result<Texts> Texts::load_words(std::span<const EmbeddedFile> files) {
  Texts texts;
  for (const EmbeddedFile& file : files) {
    if (!file.path.starts_with(kPlain) || !file.path.ends_with(kToml)) continue;
    const TemplateFile source{std::string(file.content), "built-in " + std::string(file.path)};
    JAWORT_TRY(read(source, texts.languages_[std::string(language_in(file.path, kPlain))]));
  }
  texts.collect_keys();
  if (!texts.languages_.contains(kEnglish)) return internal_error("there are no English texts");
  return texts;
}

void Texts::collect_keys() {
  for (const auto& [language, words] : languages_) {
    for (const auto& [key, text] : words) keys_.insert(key);
  }
}

std::string_view Texts::resolve(std::string_view language) const {
  for (const std::string_view candidate : {language, language.substr(0, language.find('-'))}) {
    const auto found = languages_.find(candidate);
    if (found != languages_.end()) return found->first;
  }
  return kEnglish;
}

std::string_view Texts::find(std::string_view key, std::string_view language) const {
  for (const std::string_view candidate : {resolve(language), kEnglish}) {
    const Words& words = languages_.find(candidate)->second;
    if (const auto text = words.find(key); text != words.end()) return text->second;
  }
  if (key.starts_with("error_") && key != "error_field") return find("error_field", language);
  return {};
}

const std::vector<Country>& Texts::countries(std::string_view language) const {
  const auto found = countries_.find(resolve(language));
  return found == countries_.end() ? countries_.find(kEnglish)->second : found->second;
}

std::vector<std::string> Texts::languages() const {
  std::vector<std::string> tags;
  for (const auto& [language, words] : languages_) tags.push_back(language);
  return tags;
}

}  // namespace jawort
