#include "engine/flow/lint_mails.h"

#include <algorithm>
#include <map>

#include "engine/campaign/lint_definitions.h"

namespace jawort {
namespace {

using Asking = std::map<std::pair<std::string, std::string>, bool>;  // name, language → active

void add_campaign(const DefinitionSet& set, const Form& form, Asking& asking) {
  const Campaign* campaign = set.campaign(form.campaign);
  if (campaign == nullptr || form.purposes.empty()) return;
  for (const CampaignStep& step : campaign->steps) {
    if (step.on != "opt_in") continue;
    for (const std::string& language : form.languages) {
      bool& active = asking[{step.mail, language}];
      active = active || &step == campaign->confirmation_step();
    }
  }
}

}  // namespace

std::vector<AskingMail> asking_mails(const DefinitionSet& set, const Templates& templates) {
  Asking asking;
  for (const std::string& id : set.form_ids()) add_campaign(set, *set.form(id), asking);
  const bool any = !set.form_ids().empty();
  for (const MailTemplate& mail : templates.mails()) {
    // Sent by themselves, whatever the campaign, in the language that there is.
    if (mail.name == "already_subscribed" || mail.name == "unsubscribe") {
      asking.try_emplace({mail.name, mail.language}, any);
    }
    if (mail.name == "confirmation" || mail.name == "reminder") {
      asking.try_emplace({mail.name, mail.language}, false);
    }
  }
  std::vector<AskingMail> mails;
  for (const auto& [mail, active] : asking) mails.push_back({mail.first, mail.second, active});
  return mails;
}

Findings lint_mails(const DefinitionSet& set, const Templates& templates, std::string_view only) {
  Findings all;
  for (const AskingMail& mail : asking_mails(set, templates)) {
    if (!only.empty() && mail.name != only) continue;
    if (!templates.has_mail(mail.name, mail.language)) {
      if (!mail.active) continue;
      all.push_back({Severity::kError, "missing",
                     "the template mail/" + mail.name + "." + mail.language +
                         ".text.mustache or its subject is missing, and a form sends this mail; "
                         "add it, or change the form's languages or campaign"});
      continue;
    }
    for (Finding& finding : templates.lint_mail(mail.name, mail.language)) {
      if (!mail.active) finding.severity = Severity::kWarning;
      all.push_back(std::move(finding));
    }
  }
  return all;
}

Findings lint_installation(const DefinitionSet& set, const Templates& templates) {
  Findings all = lint_definitions(set);
  for (Finding& finding : lint_mails(set, templates)) all.push_back(std::move(finding));
  return all;
}

}  // namespace jawort
