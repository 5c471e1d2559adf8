#include <unistd.h>

#include "engine/app/settings.h"
#include "engine/base/text.h"

namespace jawort {

Settings read_environment_settings(const Environment& environment) {
  constexpr std::string_view kPrefix = "JAWORT_";
  Settings settings;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string_view rest = std::string_view(name).substr(kPrefix.size());
    const std::size_t underscores = rest.find("__");
    if (underscores == std::string_view::npos) continue;
    if (!valid_utf8(value)) {
      settings.problems.push_back({name + ": is not UTF-8 text", 0});
      continue;
    }
    settings.found.push_back(Setting{ascii_lower(rest.substr(0, underscores)),
                                     ascii_lower(rest.substr(underscores + 2)), value, name, 0});
  }
  return settings;
}

Environment process_environment() {
  Environment environment;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

}  // namespace jawort
