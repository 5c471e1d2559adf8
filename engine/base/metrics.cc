#include "engine/base/metrics.h"

#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace jawort {
namespace {

std::string_view name_of_series(std::string_view series) {
  return series.substr(0, series.find('{'));
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return error == std::errc() ? std::string(buffer, end) : "NaN";
}

std::string escape_help(std::string_view help) {
  return replace_all(replace_all(std::string(help), "\\", "\\\\"), "\n", "\\n");
}

}  // namespace

Counter& Metrics::counter(std::string_view series, std::string_view help) {
  const std::lock_guard lock(mutex_);
  auto found = series_.find(series);
  if (found == series_.end()) {
    found = series_.try_emplace(std::string(series)).first;
    found->second.help = help;
  }
  return found->second.counter;
}

void Metrics::gauge(std::string_view series, std::string_view help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  Series& entry = series_.try_emplace(std::string(series)).first->second;
  if (entry.help.empty()) entry.help = help;
  entry.is_gauge = true;
  entry.read = std::move(read);
}

std::string Metrics::render() const {
  const std::lock_guard lock(mutex_);
  // In the map `a_b` stands between `a` and `a{x="1"}`, but the format wants all series of a name
  // together.
  std::map<std::string_view, std::vector<std::pair<std::string_view, const Series*>>> by_name;
  for (const auto& [series, entry] : series_) {
    by_name[name_of_series(series)].emplace_back(series, &entry);
  }
  std::string out;
  for (const auto& [name, members] : by_name) {
    const Series& first = *members.front().second;
    out.append("# HELP ").append(name).append(" ").append(escape_help(first.help)).append("\n");
    out.append("# TYPE ").append(name).append(first.is_gauge ? " gauge\n" : " counter\n");
    for (const auto& [series, entry] : members) {
      const std::string value =
          entry->is_gauge ? number_text(entry->read()) : std::to_string(entry->counter.value());
      out.append(series).append(" ").append(value).append("\n");
    }
  }
  return out;
}

}  // namespace jawort
