// What the DNS says of a sender's domain: who may send in its name (SPF, RFC 7208), which keys sign
// for it (DKIM, RFC 6376 §3.6.1), and what a recipient is to do with a mail that fails (DMARC, RFC
// 7489). Pure: the records come from elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jawort {

struct Spf {
  int records = 0;                    // RFC 7208 §4.5: more than one is an error
  std::string problem;                // "" or the first term that is none, of the only record
  std::vector<std::string> includes;  // domains of include and redirect
  bool names_anybody = false;         // a, mx, ip4, ip6, exists, ptr, include or redirect
  bool anybody_may = false;           // "+all"
  int lookups = 0;                    // RFC 7208 §4.6.4: more than 10 is an error; only its own
};
// All TXT records of the domain.
Spf read_spf(const std::vector<std::string>& txt_records);

struct Dmarc {
  int records = 0;               // RFC 7489 §6.6.3: more than one counts as none
  std::string problem;           // of the only record
  std::string policy;            // none, quarantine or reject
  std::string subdomain_policy;  // the same where it says nothing else
  bool strict_dkim = false;      // adkim=s: signatures count of the very domain in From alone
};
Dmarc read_dmarc(const std::vector<std::string>& txt_records);

struct DkimRecord {
  int records = 0;       // RFC 6376 §3.6.2.2: with more than one the outcome is undefined
  std::string problem;   // of the only record: why no signature of ours verifies by it
  std::string key_type;  // k=; "rsa" where it says nothing
  std::string key;       // p=, base64 without white space; empty: the key was taken back
  bool testing = false;  // t=y: to be treated like an unsigned mail
};
// All TXT records of SELECTOR._domainkey.DOMAIN.
DkimRecord read_dkim(const std::vector<std::string>& txt_records);

// Where to look, the first one that has a record counts: "_dmarc." before the domain, then before
// each domain above it but the topmost. RFC 7489 §6.6.3 takes one step, to the organisation's
// domain, which needs a list of public suffixes; a walk comes to the same record without.
std::vector<std::string> dmarc_names(std::string_view domain);

}  // namespace jawort
