#include "engine/app/own_mails.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "engine/app/config_values.h"
#include "templates/renderer.h"
#include "templates/template_files.h"

namespace jawort {
namespace {

namespace fs = std::filesystem;

std::set<std::string, std::less<>> used_names(const DefinitionSet& set) {
  std::set<std::string, std::less<>> names;
  const auto built_in = Templates::load("");
  if (built_in.ok()) {
    for (const MailTemplate& mail : (*built_in)->mails()) names.insert(mail.name);
  }
  for (const Document& document : set.documents()) {
    const Campaign* campaign = document.kind == "campaign" ? set.campaign(document.id) : nullptr;
    if (campaign == nullptr) continue;
    for (const auto& step : campaign->steps) names.insert(step.mail);
  }
  return names;
}

}  // namespace

std::string UnusedMail::text() const {
  return file + " is used by no step and by no built-in mail" +
         (instead.empty() ? std::string() : ": is it \"" + instead + "\"?");
}

std::vector<UnusedMail> unused_own_mails(const std::string& folder, const DefinitionSet& set) {
  std::vector<UnusedMail> unused;
  if (folder.empty()) return unused;
  const auto used = used_names(set);
  const std::vector<std::string_view> known(used.begin(), used.end());
  std::error_code error;
  fs::directory_iterator entry(fs::path(folder) / "mail", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string path = "mail/" + entry->path().filename().string();
    const MailPath at = parse_mail_path(path);
    if (at.name.empty() || at.name.starts_with('_') || used.contains(at.name)) continue;
    unused.push_back({entry->path().string(), std::string(nearest_name(at.name, known))});
  }
  std::ranges::sort(unused, {}, &UnusedMail::file);
  return unused;
}

}  // namespace jawort
