#include "engine/app/checks.h"
#include "engine/app/own_mails.h"
#include "engine/campaign/lint_definitions.h"
#include "engine/flow/lint_mails.h"

namespace jawort {
namespace {

std::string counted(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

// A finding ends with what to do: what stands behind its last semicolon outside brackets.
CheckResult result_of(std::string name, const Finding& finding) {
  const auto status =
      finding.severity == Severity::kError ? CheckStatus::kError : CheckStatus::kWarning;
  int depth = 0;
  for (std::size_t at = finding.text.size(); at-- > 0;) {
    const char c = finding.text[at];
    depth += c == ')' ? 1 : c == '(' ? -1 : 0;
    if (depth == 0 && finding.text.compare(at, 2, "; ") == 0) {
      return {std::move(name), status, finding.text.substr(0, at), finding.text.substr(at + 2)};
    }
  }
  return {std::move(name), status, finding.text, ""};
}

}  // namespace

void check_definitions(const DefinitionSet& set, CheckResults& results) {
  if (set.documents().empty()) {
    results.push_back(
        {"definitions", CheckStatus::kWarning, "none are loaded", "load some: jawort apply FILE"});
    return;
  }
  results.push_back({"definitions", CheckStatus::kOk,
                     counted(set.documents().size(), "definition") + ", " +
                         counted(set.form_ids().size(), "form"),
                     ""});
  for (const std::string& sentence : set.not_active_yet()) {
    results.push_back({"definitions", CheckStatus::kWarning, sentence, ""});
  }
  for (const Finding& finding : lint_definitions(set)) {
    results.push_back(result_of("definitions", finding));
  }
}

void check_templates(const Templates& templates, const std::string& folder,
                     const DefinitionSet* set, CheckResults& results) {
  std::string languages;
  for (const std::string& language : templates.languages()) {
    languages += (languages.empty() ? "" : ", ") + language;
  }
  results.push_back({"templates", CheckStatus::kOk, "all readable; pages in " + languages, ""});
  // Without definitions it is not known which mails the steps want.
  if (set != nullptr) {
    for (const UnusedMail& mail : unused_own_mails(folder, *set)) {
      results.push_back({"templates", CheckStatus::kWarning, mail.text(),
                         "rename it, let a step use it, or remove it"});
    }
  }
  const auto none = DefinitionSet::build({});
  if (set == nullptr && none.ok()) set = none->get();
  for (const Finding& finding : lint_mails(*set, templates)) {
    results.push_back(result_of("templates", finding));
  }
}

}  // namespace jawort
