// Raw settings, before anything is known about their meaning: from jawort.toml and from environment
// variables. Each remembers where it came from, so that an error can name file and line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/result.h"

namespace jawort {

struct Setting {
  // A TOML value of a type that no key takes.
  struct OtherType {
    std::string_view name;  // "a table"
  };
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, OtherType>;

  std::string section, key;
  Value value;
  std::string origin;  // "jawort.toml:12" or "JAWORT_SMTP__URL"
  int line = 0;        // in the file; 0: an environment variable, whose value is always text

  bool from_environment() const { return line == 0; }
};

struct SettingProblem {
  std::string text;  // "jawort.toml:3: …", one line
  int line = 0;      // as in Setting
};

struct Settings {
  std::vector<Setting> found;
  std::vector<SettingProblem> problems;
};

// `file_name` is only for messages. A file that is no TOML gives one problem and no settings.
Settings read_toml_settings(std::string_view toml, std::string_view file_name);

using Environment = std::vector<std::pair<std::string, std::string>>;
// What JAWORT_SECTION__KEY says. Variables without "__" are somebody else's business.
Settings read_environment_settings(const Environment& environment);
// The variables of this process.
Environment process_environment();

}  // namespace jawort
