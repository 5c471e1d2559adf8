// Which mails ask for a consent, and what the law says of their templates.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "engine/campaign/definition_set.h"
#include "engine/campaign/finding.h"
#include "templates/renderer.h"

namespace jawort {

struct AskingMail {
  std::string name, language;
  bool active = false;  // a form sends it in this language
};
// Mails that go to an address before it is confirmed: those of steps on = "opt_in", and by name
// "confirmation" and "reminder"; those that are sent when somebody types an address that is signed
// up: "already_subscribed" (asks for consent to a new wording), "unsubscribe"; and "receipt", which
// has to hold what it is kept for. Sorted. Those that have no template are among them.
std::vector<AskingMail> asking_mails(const DefinitionSet& set, const Templates& templates);

// Mails of steps after the first press: what a campaign mails to who has confirmed, and the notice
// of a revocation. Sorted; each in the languages that people of the campaign's forms get it in,
// `language` empty where there is none for one of them.
struct StepMail {
  std::string name, language;
  MailRole role = MailRole::kStep;
  bool operator<(const StepMail& other) const {
    return std::tie(name, language, role) < std::tie(other.name, other.language, other.role);
  }
};
std::vector<StepMail> step_mails(const DefinitionSet& set, const Templates& templates);

// Errors for active ones, warnings for the others. A missing template is an error of an active one
// only.
// `only`: of this name; empty: of all.
Findings lint_mails(const DefinitionSet& set, const Templates& templates,
                    std::string_view only = {});

// The definitions and the mails.
Findings lint_installation(const DefinitionSet& set, const Templates& templates);

}  // namespace jawort
