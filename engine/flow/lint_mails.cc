#include "engine/flow/lint_mails.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/campaign/lint_definitions.h"
#include "engine/flow/preview_mail.h"
#include "templates/html_view.h"

namespace jawort {
namespace {

using Asking = std::map<std::pair<std::string, std::string>, bool>;  // name, language → active

void add_campaign(const DefinitionSet& set, const Form& form, Asking& asking) {
  const Campaign* campaign = set.campaign(form.campaign);
  if (campaign == nullptr || form.purposes.empty()) return;
  for (const CampaignStep& step : campaign->steps) {
    if (step.on != "opt_in") continue;
    for (const std::string& language : form.languages) {
      asking[{step.mail, language}] = true;
    }
  }
}

bool sends_receipts(const DefinitionSet& set) {
  return std::ranges::any_of(set.form_ids(), [&](const std::string& id) {
    const Campaign* campaign = set.campaign_of_form(id);
    return campaign != nullptr && campaign->receipt_step() != nullptr;
  });
}

// In which language who signed up in `wanted` gets the mail; empty: there is none (as
// step_language).
std::string language_for(const Templates& templates, const std::string& mail,
                         const std::string& wanted, const Form& form) {
  std::vector<std::string> tries{wanted, wanted.substr(0, wanted.find('-'))};
  tries.insert(tries.end(), form.languages.begin(), form.languages.end());
  tries.emplace_back("en");
  const auto found = std::ranges::find_if(
      tries, [&](const std::string& one) { return templates.has_mail(mail, one); });
  return found == tries.end() ? std::string() : *found;
}

Findings lint_steps(const DefinitionSet& set, const Templates& templates, std::string_view only) {
  Findings all;
  for (const StepMail& mail : step_mails(set, templates)) {
    if (!only.empty() && mail.name != only) continue;
    if (mail.language.empty()) {
      all.push_back({Severity::kError, "missing",
                     "the template mail/" + mail.name +
                         ".en.text.mustache or its subject is missing, and a campaign sends this "
                         "mail; add it in a language of the form, or take the step out"});
      continue;
    }
    std::ranges::move(templates.lint_mail_as(mail.role, mail.name, mail.language),
                      std::back_inserter(all));
  }
  return all;
}

// Words with one blank between them; elements inside a word are nothing.
std::string as_read(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\x01') continue;
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

bool links_to(const HtmlView& html, std::string_view token) {
  return std::ranges::any_of(html.elements, [&](const HtmlElement& element) {
    const std::string* const target = element.name == "a" ? element.find("href") : nullptr;
    return target != nullptr && target->find(token) != std::string::npos;
  });
}

// What a section hides from a reader is not there for them: the mail is looked at as it goes out
// when nothing is known that may be absent.
class Rendered {
 public:
  Rendered(const AskingMail& mail, RenderedMail rendered)
      : mail_(mail), rendered_(std::move(rendered)) {}

  Findings check() {
    if (trim_ascii_space(rendered_.subject).empty()) {
      add(Severity::kError, "subject", "subject",
          "is empty in a mail as it goes out; say what is asked");
    }
    check_part("text", as_read(rendered_.text),
               rendered_.text.find(kSampleToken) != std::string::npos);
    if (!rendered_.html.empty()) {
      const HtmlView html = view_html(rendered_.html);
      const bool shown = html.visible.find(kSampleToken) != std::string::npos;
      check_part("html", as_read(html.visible), shown || links_to(html, kSampleToken));
    }
    return std::move(findings_);
  }

 private:
  void check_part(std::string_view part, const std::string& text, bool linked) {
    const bool german = mail_.language.starts_with("de");
    if (!linked) {
      add(Severity::kError, "confirm_link", part,
          "has no confirmation link in a mail as it goes out; nobody could confirm: put "
          "{{confirm.url}} outside of sections and comments");
    }
    if (text.find(german ? kSampleWordingGerman : kSampleWording) == std::string::npos) {
      add(Severity::kWarning, "wording", part,
          "does not show what is consented to (BGH VI ZR 721/15); put in {{purpose.wording}}");
    }
    if (text.find(kSampleController) == std::string::npos) {
      add(Severity::kWarning, "sender", part,
          "does not say who asks (GDPR art. 13(1)(a)); put in {{controller.name}}");
    }
  }
  void add(Severity severity, std::string_view rule, std::string_view part, std::string_view what) {
    findings_.push_back({severity, std::string(rule),
                         "mail/" + mail_.name + "." + mail_.language + "." + std::string(part) +
                             ".mustache: " + std::string(what)});
  }

  const AskingMail& mail_;
  const RenderedMail rendered_;
  Findings findings_;
};

Findings lint_rendered(const Templates& templates, const AskingMail& mail) {
  if (mail.name == "already_subscribed" || mail.name == "unsubscribe") return {};
  const auto utc = TimeZone::find("UTC");
  if (!utc.ok()) return {};
  PreviewRequest request{mail.name, mail.language, nullptr, "https://www.example.org", Instant{}};
  request.bare = true;
  auto rendered = preview_mail(templates, *utc, request);
  return rendered.ok() ? Rendered(mail, std::move(*rendered)).check() : Findings{};
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
    if (mail.name == "receipt") asking.try_emplace({mail.name, mail.language}, sends_receipts(set));
    if (mail.name == "confirmation" || mail.name == "reminder") {
      asking.try_emplace({mail.name, mail.language}, false);
    }
  }
  std::vector<AskingMail> mails;
  for (const auto& [mail, active] : asking) mails.push_back({mail.first, mail.second, active});
  return mails;
}

std::vector<StepMail> step_mails(const DefinitionSet& set, const Templates& templates) {
  std::set<StepMail> mails;
  for (const std::string& id : set.form_ids()) {
    const Form& form = *set.form(id);
    const Campaign* campaign = set.campaign(form.campaign);
    if (campaign == nullptr || form.purposes.empty()) continue;
    for (const CampaignStep& step : campaign->steps) {
      if (step.on == "opt_in" || &step == campaign->receipt_step()) continue;
      const MailRole role = step.on == "revoked" ? MailRole::kRevocationNotice : MailRole::kStep;
      for (const std::string& language : form.languages) {
        mails.insert({step.mail, language_for(templates, step.mail, language, form), role});
      }
    }
  }
  return {mails.begin(), mails.end()};
}

Findings lint_mails(const DefinitionSet& set, const Templates& templates, std::string_view only) {
  Findings all = lint_steps(set, templates, only);
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
    Findings found = templates.lint_mail(mail.name, mail.language);
    std::ranges::move(lint_rendered(templates, mail), std::back_inserter(found));
    for (Finding& finding : found) {
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
