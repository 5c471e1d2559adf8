#include "engine/app/checks.h"
#include "engine/mail/mailbox_reader.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kError = CheckStatus::kError;

void check_mailbox(const Config& config, CheckResults& results) {
  const std::string& url = config.bounces.url;
  const MailboxProbe probe = probe_mailbox(config.bounces);
  if (probe.problem.empty()) {
    results.push_back(
        {"bounces", kOk, url + ": logged in, " + std::to_string(probe.messages) + " messages", ""});
    return;
  }
  std::string advice = "see [bounces] url, and whether a firewall is in between";
  if (probe.connected) advice = "see [bounces] username and password";
  if (probe.bad_certificate) {
    advice =
        "the mail server's certificate is not trusted: see whether [bounces] url has the name in "
        "it; for an authority of your own set [bounces] ca_file";
  }
  results.push_back({"bounces", kError, url + ": " + probe.problem, advice});
}

}  // namespace

void check_bounces(const Config& config, CheckResults& results) {
  if (!config.smtp.mailbox_folder.empty()) return;  // of the demo nothing comes back
  const std::string& domain = config.mail.bounce_domain;
  if (domain.empty()) {
    results.push_back({"bounces", kOk,
                       "[mail] bounce_domain is not set: what comes back goes to " +
                           config.mail.from.address + ", and nothing is learnt from it",
                       "see Bounces in OPERATING.md"});
  } else if (config.bounces.url.empty()) {
    results.push_back(
        {"bounces", kOk, "come back to " + domain + ", and in by `jawort ingest-bounce`", ""});
  } else {
    check_mailbox(config, results);
  }
}

}  // namespace jawort
