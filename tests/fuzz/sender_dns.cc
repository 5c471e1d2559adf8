// TXT records, one a line, as anybody may put them into the DNS.
#include "engine/mail/sender_dns.h"

#include "engine/base/text.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void sender_dns(std::string_view bytes) {
  std::vector<std::string> records;
  for (const std::string_view line : split(bytes, '\n')) records.emplace_back(line);
  const Spf spf = read_spf(records);
  promise(spf.records >= 0 && spf.records <= static_cast<int>(records.size()), "each once");
  if (spf.records != 1) promise(spf.problem.empty() && spf.lookups == 0, "only one is read");
  promise(static_cast<int>(spf.includes.size()) <= spf.lookups, "an include costs a look-up");
  if (!spf.problem.empty()) {
    promise(bytes.find(spf.problem) != std::string_view::npos, "the problem is a term of it");
  }
  const Dmarc dmarc = read_dmarc(records);
  if (dmarc.records != 1) promise(dmarc.policy.empty(), "only one is read");
  const bool known =
      dmarc.policy == "none" || dmarc.policy == "quarantine" || dmarc.policy == "reject";
  if (dmarc.records == 1) promise(known || !dmarc.problem.empty(), "a policy, or a problem");
  const DkimRecord key = read_dkim(records);
  promise(key.records == static_cast<int>(records.size()), "every record counts");
  promise(key.records == 1 || key.key.empty(), "only one is read");
  promise(key.key.find_first_of(" \t") == std::string::npos, "a key without white space");
  for (const std::string& name : dmarc_names(bytes)) {
    promise(name.starts_with("_dmarc."), "asked at _dmarc");
  }
}

const Registration kRegistration("sender_dns", sender_dns);

}  // namespace
}  // namespace jawort::fuzz
