// Files of the operator's templates/mail that nothing uses: mostly a typing mistake, by which the
// built-in mail goes out.
#pragma once

#include <string>
#include <vector>

#include "engine/campaign/definition_set.h"

namespace jawort {

struct UnusedMail {
  std::string file;     // its path
  std::string instead;  // "confirmation": what it is nearly called; empty: nothing is near
  std::string text() const;
};
// Those of `folder`/mail whose name is neither that of a built-in mail nor of a step's, in order.
std::vector<UnusedMail> unused_own_mails(const std::string& folder, const DefinitionSet& set);

}  // namespace jawort
