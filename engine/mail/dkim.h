// Signs mails: DomainKeys Identified Mail (RFC 6376 with RFC 8301 and RFC 8463), both parts in
// relaxed form. Pure: keys are in engine/evidence/dkim_key.h, records are published by people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/evidence/dkim_key.h"

namespace jawort {

// Who signs. Each key makes a signature of its own, in this order: two while one takes the place
// of the other, or RSA and Ed25519 side by side.
struct DkimSigner {
  struct Named {
    std::string selector;  // s=; labels of letters, digits and hyphens
    DkimKey key;
  };
  std::string domain;       // d=; lower case, A-labels
  std::vector<Named> keys;  // none: mails go unsigned

  std::string selectors() const;  // "s1 s2"; empty when there is no key
};

// One DKIM-Signature field for each key, to be put before `message`; lines of at most 78 characters
// where the domain allows. A function of the message and the keys alone, so that a mail that goes
// twice is the same twice: t= is what its Date says, and left out where there is no such date.
// All header fields of a mail of ours are covered, each named once more than it is there, so that
// no second one can be added; Subject and Reply-To also where there is none.
// `message`: RFC 5322 with CRLF lines; without an empty line all of it is header.
std::string dkim_signatures(const DkimSigner& signer, std::string_view message);

// What has to stand in the DNS, as TXT at that name (RFC 6376 §3.6.1).
std::string dkim_record(const DkimKey& key);  // "v=DKIM1; k=rsa; p=…"
std::string dkim_record_name(std::string_view selector, std::string_view domain);
// In parts of at most 255 octets, as RFC 1035 §3.3 wants them; a reader joins them.
std::vector<std::string> txt_strings(std::string_view record);

// Recipients that go by DMARC count a signature only when its domain and that of From belong
// together (RFC 7489 §3.1.1). Known without a list of public suffixes: equal, or one is below the
// other; `strict` (adkim=s): equal.
bool dkim_aligned(std::string_view domain, std::string_view from_domain, bool strict);

// ---- The parts of a signature -----------------------------------------------------------------

// §3.4.4: white space at line ends goes, other runs become one space, empty lines at the end go.
std::string relaxed_body(std::string_view body);
// §3.4.2 of one field with all its lines: "name:value" CRLF.
std::string relaxed_field(std::string_view field);

}  // namespace jawort
