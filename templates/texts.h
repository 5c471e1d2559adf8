// The words of the pages, one TOML file per language: plain text, no HTML, no variables. And the
// names of the countries, one file per language too.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/embedded.h"
#include "engine/base/result.h"
#include "templates/template_files.h"

namespace jawort {

struct Country {
  std::string code, name;  // ISO 3166-1 alpha-2, upper case
};

// Immutable after load; thread-safe.
class Texts {
 public:
  // From "pages/texts.LANG.toml" and, over it key by key, "pages/own.texts.LANG.toml".
  // The countries from "pages/countries.LANG.toml". kConfiguration with file and key for what is
  // not a flat table of strings, or a list of code and name.
  static Result<Texts> load(const TemplateFiles& files);
  // The words alone, of whatever else is printed: "texts.LANG.toml". It has no countries.
  static Result<Texts> load_words(std::span<const EmbeddedFile> files);

  // "de" for "de-AT" where there is only "de"; "en" where there is neither.
  std::string_view resolve(std::string_view language) const;
  // Falls back to English; an unknown "error_CODE" to "error_field"; else empty.
  std::string_view find(std::string_view key, std::string_view language) const;
  std::vector<std::string> languages() const;
  // In the order of the choice; falls back to English. REQUIRES: made by load()
  const std::vector<Country>& countries(std::string_view language) const;
  // Every key that any language has.
  const std::set<std::string, std::less<>>& keys() const { return keys_; }

 private:
  using Words = std::map<std::string, std::string, std::less<>>;
  static Status read(const TemplateFile& file, Words& words);
  static Status read_countries(const TemplateFile& file, std::vector<Country>& countries);
  void collect_keys();
  std::map<std::string, Words, std::less<>> languages_;
  std::set<std::string, std::less<>> keys_;
  std::map<std::string, std::vector<Country>, std::less<>> countries_;
};

}  // namespace jawort
