#include "engine/app/opt_out_sources.h"

#include <algorithm>
#include <filesystem>

#include "engine/base/file.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kJournalLimit = std::size_t{1} << 30U;
constexpr int kAtOnce = 10'000;

}  // namespace

std::vector<std::string> opt_out_journals(const std::string& database) {
  const std::string own = fs::path(database).filename().string();
  std::vector<std::string> paths;
  std::error_code error;
  fs::directory_iterator entry(fs::path(database).parent_path(), error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool here = name.starts_with(own + ".opt-outs");
    const bool replaced =
        name.starts_with(own + ".replaced-") && name.find(".opt-outs") != std::string::npos;
    if (here || replaced) paths.push_back(entry->path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

Result<std::vector<OptOut>> read_opt_out_journal(const std::string& path, const OptOutKeys& keys) {
  const auto text = read_file(path, kJournalLimit);
  if (!text.ok()) return refused(text.error().message);
  auto opt_outs = parse_opt_outs(*text, keys.mark);
  if (!opt_outs.ok()) return refused(path + " " + opt_outs.error().message);
  return opt_outs;
}

Result<std::vector<OptOut>> read_opt_out_table(const std::string& database,
                                               const OptOutKeys& keys) {
  if (!fs::exists(database)) return not_found("there is none");
  auto connection = Connection::open(database, ConnectionRole::kReader);
  if (!connection.ok()) return connection.error();
  std::vector<OptOut> all;
  for (std::int64_t first = 1;;) {
    auto some = read_opt_outs(**connection, first, kAtOnce, keys);
    if (!some.ok()) return some.error();
    if (some->empty()) return all;
    first = some->back().number + 1;
    all.insert(all.end(), some->begin(), some->end());
  }
}

std::vector<OptOut> unknown_opt_outs(std::vector<OptOut> opt_outs,
                                     const std::vector<OptOut>& known) {
  std::erase_if(opt_outs, [&](const OptOut& one) {
    const auto same = std::ranges::lower_bound(known, one.number, {}, &OptOut::number);
    return same != known.end() && *same == one;
  });
  return opt_outs;
}

}  // namespace jawort
