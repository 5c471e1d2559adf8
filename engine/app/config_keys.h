// The keys of jawort.toml: one row each, with how its value is read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/app/config.h"

namespace jawort {

// Reads one setting as a type; the first thing that is wrong with it is kept as its problem.
class SettingReader {
 public:
  explicit SettingReader(const Setting& setting) : setting_(setting) {}

  std::optional<std::string> text();  // not empty, no control characters
  std::optional<int> whole_number(int least, int most);
  std::optional<std::vector<std::string>> list();
  // One text, or a list of them; each as text() wants it.
  std::optional<std::vector<std::string>> texts();
  // ISO 8601 without months and years.
  std::optional<std::chrono::seconds> exact_duration(std::chrono::seconds least,
                                                     std::chrono::seconds most);
  // The place of the text among `names`.
  std::optional<std::size_t> choice(const std::vector<std::string_view>& names);

  void refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }
  const std::string& problem() const { return problem_; }

 private:
  bool is_usable(const std::string& text);

  const Setting& setting_;
  std::string problem_;
};

struct ConfigKey {
  enum class Kind : std::uint8_t {
    kPlain,
    kSecret,     // also as KEY_file; never quoted in a message
    kNotActive,  // checked, but nothing is done with it yet
  };
  std::string_view section, key;
  Kind kind;
  void (*read)(SettingReader& reader, Config& config);
};

std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view section, std::string_view key);

}  // namespace jawort
