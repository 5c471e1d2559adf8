#include "engine/app/checks.h"
#include "engine/mail/sender_dns.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
constexpr auto kError = CheckStatus::kError;

// Verifiers fetch keys again when the record's time to live is over, and mails wait on the way.
CheckResult examine(const std::string& name, const DkimKey& key, const TxtAnswer& answer) {
  const DkimRecord record = read_dkim(answer.records);
  const std::string publish = "publish as TXT of " + name + ": \"" + dkim_record(key) + "\"";
  const auto result = [&](CheckStatus status, const std::string& detail, std::string advice) {
    return CheckResult{"dkim", status, name + ": " + detail, std::move(advice)};
  };
  if (record.records == 0) {
    return result(kError, "the key that signs is not published, so no signature verifies", publish);
  }
  if (record.records > 1) {
    return result(kError, "more than one record, so none may count", "leave one: " + publish);
  }
  if (!record.problem.empty()) {
    return result(kError, "the record is not usable: " + record.problem, publish);
  }
  if (record.key.empty()) {
    return result(kError, "the record says that the key was taken back (p= is empty)",
                  "sign with another key (jawort keys dkim SELECTOR), or " + publish);
  }
  if (record.key_type != key_type_of(key.algorithm()) ||
      record.key != to_base64(key.public_key())) {
    return result(kError, "another key is published than the one that signs",
                  publish + "; or see whether dkim_selector and dkim_key belong together");
  }
  if (record.testing) {
    return result(kWarning, "the record says t=y: recipients treat the mails like unsigned ones",
                  "take t=y out when you have seen a mail arrive");
  }
  return result(kOk,
                "published, signs with " + std::string(name_of(key.algorithm())) +
                    (key.algorithm() == DkimAlgorithm::kRsaSha256
                         ? ", " + std::to_string(key.bits()) + " bits"
                         : ""),
                "");
}

bool knows_rsa(const DkimSigner& signer) {
  for (const DkimSigner::Named& named : signer.keys) {
    if (named.key.algorithm() == DkimAlgorithm::kRsaSha256) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> dkim_names(const Config& config) {
  const DkimSigner& signer = config.mail.dkim;
  std::vector<std::string> names;
  for (const DkimSigner::Named& named : signer.keys) {
    names.push_back(dkim_record_name(named.selector, signer.domain));
  }
  return names;
}

void add_dkim(const Config& config, const std::vector<TxtAnswer>& answers, bool strict,
              CheckResults& results) {
  const DkimSigner& signer = config.mail.dkim;
  if (signer.keys.empty()) {
    results.push_back(
        {"dkim", kWarning, "mails leave here unsigned; large providers ask for DKIM",
         "make a key: jawort keys dkim SELECTOR. Where your mail server signs, all is "
         "well: a mail of `jawort template send-test` then has a DKIM-Signature"});
    return;
  }
  const std::vector<std::string> names = dkim_names(config);
  for (std::size_t i = 0; i < names.size(); ++i) {
    results.push_back(examine(names[i], signer.keys[i].key, answers[i]));
  }
  const std::string& from = config.mail.from.address;
  const std::string from_domain = from.substr(from.rfind('@') + 1);
  if (!dkim_aligned(signer.domain, from_domain, strict)) {
    results.push_back({"dkim", kWarning,
                       "signed by " + signer.domain + ", sent from " + from_domain +
                           ": for DMARC such a signature does not count",
                       strict
                           ? "leave [mail] dkim_domain out, or take adkim=s out of the record"
                           : "leave [mail] dkim_domain out, or set it to a domain above From's"});
  }
  if (!knows_rsa(signer)) {
    results.push_back({"dkim", kWarning,
                       "signed with Ed25519 only, which some large providers do not verify",
                       "sign with a key of RSA beside it: jawort keys dkim SELECTOR"});
  }
}

}  // namespace jawort
