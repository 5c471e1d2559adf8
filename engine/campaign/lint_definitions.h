// What the law wants of definitions and a machine can see (PRODUCT §6.1). Pure.
#pragma once

#include "engine/campaign/definition_set.h"
#include "engine/campaign/finding.h"

namespace jawort {

// Rules: privacy, imprint, advertising, tracking (of the controller), withdrawal (its hint in each
// wording), bundled (channels, terms, or purposes that can only be had together), fields (required
// without need), coupled, title, companies, proof, withdrawn (mails after a
// revocation). Each names file, line and key where the document
// came from a file. The wordings are held against lists of words (engine/campaign/words): an error
// is what leaves no other reading, the rest is a warning.
Findings lint_definitions(const DefinitionSet& set);

}  // namespace jawort
