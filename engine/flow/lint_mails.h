// Which mails ask for a consent, and what the law says of their templates.
#pragma once

#include <string>
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

// Errors for active ones, warnings for the others. A missing template is an error of an active one
// only; "not active yet" says it of the others.
// `only`: of this name; empty: of all.
Findings lint_mails(const DefinitionSet& set, const Templates& templates,
                    std::string_view only = {});

// The definitions and the mails.
Findings lint_installation(const DefinitionSet& set, const Templates& templates);

}  // namespace jawort
