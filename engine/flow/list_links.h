// Links for any other newsletter tool: one person after the other, for millions of them.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/context.h"

namespace jawort {

struct PersonLinks {
  std::string email;        // as typed
  std::string revoke;       // ends this consent
  std::string preferences;  // the person's choice, purpose by purpose
};

// A page of those whose consent for this purpose is confirmed. It looks at so many consents of any
// kind, so that a read stays short also where few are wanted.
struct LinksPage {
  std::vector<PersonLinks> links;  // may be empty before the end
  ConsentId last;                  // the next page begins after it; 0: this was the end
};
Result<LinksPage> list_links(const Context& context, std::string_view purpose, ConsentId after,
                             int look_at);

}  // namespace jawort
