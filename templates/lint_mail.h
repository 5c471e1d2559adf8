// What the law wants of a mail that goes to an address before anybody has confirmed it (the
// confirmation mail, the reminder), of the others that may hold no advertising, and of the foot of
// those that may, as far as a machine can see it (PRODUCT §6.1). Pure.
#pragma once

#include <string_view>

#include "engine/campaign/finding.h"
#include "templates/renderer.h"
#include "templates/template_files.h"

namespace jawort {

struct MailPart {
  std::string_view mail, language, part;  // "confirmation", "de", "html"
  const ExpandedTemplate& source;
  MailRole role = MailRole::kByName;
};

// Rules: image, remote, tracking, link, advertising, contact, not_you, confirm; of a step's mail
// footer alone: who mails, why, and how to leave. The template's own
// words are held against lists (engine/campaign/words); what variables bring is not: the wording of
// a newsletter may speak of offers. REQUIRES: the source passed check_variables
Findings lint_mail_part(const MailPart& part);

}  // namespace jawort
