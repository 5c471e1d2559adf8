#include "engine/app/checks.h"
#include "engine/app/serve.h"
#include "engine/evidence/digest.h"
#include "engine/mail/sender_dns.h"
#include "engine/mail/smtp_transport.h"
#include "engine/net/http_probe.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
constexpr auto kError = CheckStatus::kError;

constexpr long kHttpSeconds = 5;
constexpr int kMostSpfLookups = 10;  // RFC 7208 §4.6.4

std::string domain_of(const Config& config) {
  const std::string& from = config.mail.from.address;
  return from.substr(from.rfind('@') + 1);
}

void add_spf(const std::string& domain, const TxtAnswer& answer, CheckResults& results) {
  const Spf spf = read_spf(answer.records);
  const auto add = [&](CheckStatus status, const std::string& detail, std::string advice) {
    results.push_back({"spf", status, domain + ": " + detail, std::move(advice)});
  };
  std::string named;
  for (const std::string& include : spf.includes) named += (named.empty() ? "" : ", ") + include;
  if (spf.records == 0) {
    add(kWarning, "no SPF record; many providers refuse or sort out such mail",
        "ask who runs your mail server for its record, like \"v=spf1 include:… -all\", and add it "
        "as TXT of " +
            domain);
  } else if (spf.records > 1) {
    add(kError, std::to_string(spf.records) + " SPF records; with more than one none counts",
        "make one of them: all includes behind one \"v=spf1\" (RFC 7208 §4.5)");
  } else if (!spf.problem.empty()) {
    add(kError, "the SPF record is not valid at \"" + spf.problem + "\"", "correct it (RFC 7208)");
  } else if (spf.anybody_may) {
    add(kError, "the SPF record lets anybody send in your name (+all)", "end it with -all or ~all");
  } else if (!spf.names_anybody) {
    add(kError, "the SPF record lets nobody send", "add your mail server's include before -all");
  } else if (spf.lookups > kMostSpfLookups) {
    add(kWarning, "the SPF record needs more than 10 look-ups, and then counts as broken",
        "leave out includes that you do not use");
  } else {
    add(kOk, named.empty() ? "one SPF record" : "one SPF record, includes " + named,
        named.empty() ? "" : "see that your mail server is among them");
  }
}

// `answers` as dmarc_names() asks: the first record found counts. True: it wants signatures of the
// very domain in From.
bool add_dmarc(const std::string& domain, const std::vector<std::string>& names,
               const std::vector<TxtAnswer>& answers, CheckResults& results) {
  const auto add = [&](CheckStatus status, const std::string& detail, std::string advice) {
    results.push_back({"dmarc", status, detail, std::move(advice)});
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Dmarc dmarc = read_dmarc(answers[i].records);
    if (dmarc.records == 0) continue;
    const std::string& policy = i == 0 ? dmarc.policy : dmarc.subdomain_policy;
    if (dmarc.records > 1) {
      add(kError, names[i] + ": more than one record, so none counts", "leave one");
    } else if (!dmarc.problem.empty()) {
      add(kError, names[i] + ": " + dmarc.problem,
          "write \"v=DMARC1; p=none\", p=quarantine or p=reject (RFC 7489 §6.3)");
    } else {
      add(kOk, names[i] + ": policy " + policy,
          policy == "none" ? "" : "mails that pass neither SPF nor DKIM will not arrive");
    }
    return dmarc.strict_dkim;
  }
  add(kWarning, domain + ": no DMARC record; large providers ask for one",
      "add _dmarc." + domain + " as TXT: \"v=DMARC1; p=none\" to begin with");
  return false;
}

// Whether what answers at the address shows the form as it is in force here. Nothing: no form to
// tell by.
std::optional<bool> is_this_installation(const std::string& url, const DefinitionSet* set) {
  if (set == nullptr || set->form_ids().empty()) return std::nullopt;
  const std::string id = set->form_ids().front();
  const HttpProbe page = probe_http(url + "/forms/" + id, "", kHttpSeconds);
  return page.body.find(version_text(set->shown_form(id)->version)) != std::string::npos;
}

CheckResult reached(const std::string& url, bool running, const DefinitionSet* set) {
  const auto ours = is_this_installation(url, set);
  if (!ours) return {"reachable", kOk, url + " answers", ""};
  if (*ours) return {"reachable", kOk, url + " answers, with the forms that are in force here", ""};
  return {"reachable", running ? kError : kWarning,
          url + " answers, but not with the forms that are in force here",
          "another installation seems to answer there: see where the name and the web server lead"};
}

std::string advice_for(int status, const Config& config) {
  if (status >= 300 && status < 400) {
    return "set [server] public_url to where it leads: posts and one-click revocations follow no "
           "redirect";
  }
  if (status == 502 || status == 503 || status == 504) {
    return "let the web server pass requests on to " + config.server.listen.text() +
           " (OPERATING.md), and read the log of `serve`";
  }
  return "let the web server pass all paths on to " + config.server.listen.text() +
         " (OPERATING.md)";
}

}  // namespace

bool is_example(std::string_view host) {
  for (const std::string_view name : {"example.org", "example.com", "example.net"}) {
    if (host == name || host.ends_with("." + std::string(name))) return true;
  }
  return host.ends_with(".example") || host.ends_with(".test") || host.ends_with(".invalid");
}

void check_smtp(const Config& config, CheckResults& results) {
  if (!config.smtp.mailbox_folder.empty()) {
    results.push_back({"smtp", kOk, "the demo's mailbox; no mail leaves this machine", ""});
    return;
  }
  SmtpSettings settings = smtp_settings(config);
  settings.connect_timeout_seconds = 10;
  settings.reply_timeout_seconds = 20;
  const SmtpProbe probe = probe_smtp(settings);
  if (probe.bad_certificate) {
    results.push_back(
        {"smtp", kError, config.smtp.url + ": " + probe.detail,
         "the mail server's certificate is not trusted: see whether [smtp] url has the "
         "name in it; for an authority of your own set [smtp] ca_file"});
    return;
  }
  if (!probe.connected) {
    results.push_back({"smtp", kError, config.smtp.url + ": " + probe.detail,
                       "see [smtp] url and tls, whether the mail server runs, and whether a "
                       "firewall is in between"});
    return;
  }
  if (!settings.username.empty() && !probe.authenticated) {
    results.push_back({"smtp", kError, config.smtp.url + ": " + probe.detail,
                       "see [smtp] username and password, and tls: the login goes over TLS only"});
    return;
  }
  if (settings.tls == TlsPolicy::kRequired && !probe.tls) {
    results.push_back({"smtp", kError, config.smtp.url + ": no TLS, and [smtp] tls asks for it",
                       "no mail goes this way; have the mail server offer STARTTLS, or set tls"});
    return;
  }
  std::string detail = config.smtp.url + ": " + (probe.tls ? "TLS" : "plain text") +
                       (probe.authenticated ? ", logged in" : ", without login");
  const auto url = parse_url(config.smtp.url);
  const bool plain_over_network = !probe.tls && url && !is_loopback(url->host);
  results.push_back(
      {"smtp", plain_over_network ? kWarning : kOk, detail,
       plain_over_network ? "mails travel readable; set [smtp] tls = \"required\"" : ""});
}

void check_sender_dns(const Config& config, Dns& dns, CheckResults& results) {
  const std::string domain = domain_of(config);
  // An example's domain is said under "mail"; of the demo no mail leaves this machine.
  if (is_example(domain) || !config.smtp.mailbox_folder.empty()) return;
  const std::vector<std::string> policies = dmarc_names(domain), keys = dkim_names(config);
  std::vector<std::string> names{domain};
  names.insert(names.end(), policies.begin(), policies.end());
  names.insert(names.end(), keys.begin(), keys.end());
  const std::vector<TxtAnswer> answers = dns.txt(names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (answers[i].outcome != TxtAnswer::Outcome::kUnreachable) continue;
    results.push_back({"dns", kWarning,
                       "no answer about " + names[i] + ": SPF, DKIM and DMARC were not examined",
                       "see /etc/resolv.conf and the firewall, or ask another name server: jawort "
                       "check --dns 9.9.9.9"});
    return;
  }
  const auto behind_spf = answers.begin() + 1;
  const auto behind_policies = behind_spf + static_cast<std::ptrdiff_t>(policies.size());
  add_spf(domain, answers.front(), results);
  const bool strict = add_dmarc(domain, policies, {behind_spf, behind_policies}, results);
  add_dkim(config, {behind_policies, answers.end()}, strict, results);
}

void check_addresses(const Config& config, CheckResults& results) {
  const std::string& text = config.server.public_url;
  const auto url = parse_url(text);
  if (!url || is_loopback(url->host)) {
    results.push_back({"public_url", kWarning,
                       (text.empty() ? std::string("not set") : text) +
                           ": only this machine can open the links in mails",
                       "set [server] public_url to the https address that visitors use"});
  } else if (is_example(url->host)) {
    results.push_back({"public_url", kWarning, text + " is an example",
                       "set [server] public_url to your own address"});
  } else {
    results.push_back({"public_url", kOk, text, ""});
  }
  if (is_example(domain_of(config))) {
    results.push_back({"mail", kWarning, "[mail] from is an example", "set your own sender"});
  } else {
    results.push_back({"mail", kOk, "from " + config.mail.from.address, ""});
  }
  if (!is_loopback(config.server.admin_listen.host)) {
    results.push_back({"admin_listen", kWarning,
                       config.server.admin_listen.text() + " is reachable from other machines",
                       "keep [server] admin_listen on 127.0.0.1, or behind a firewall"});
  }
}

void check_public_url(const Config& config, bool running, const DefinitionSet* set,
                      CheckResults& results) {
  const std::string& url = config.server.public_url;
  const auto parsed = parse_url(url);
  // Said under "public_url": there is nothing to reach yet.
  if (!parsed || is_example(parsed->host) || (!running && is_loopback(parsed->host))) return;
  const HttpProbe probe = probe_http(url + "/healthz", "", kHttpSeconds);
  if (probe.bad_certificate) {
    results.push_back({"reachable", kError, url + ": " + probe.problem,
                       "visitors are warned too: renew the certificate, or give the web server its "
                       "whole chain"});
  } else if (probe.status == 200) {
    results.push_back(reached(url, running, set));
  } else if (!running) {
    results.push_back({"reachable", kWarning,
                       url + (probe.status == 0 ? ": " + probe.problem
                                                : " answers " + std::to_string(probe.status)),
                       "no server runs here: start it with `jawort serve`, then check again"});
  } else if (probe.status == 0) {
    results.push_back({"reachable", kWarning, url + ": " + probe.problem,
                       "see whether the web server before Jawort runs; some networks cannot reach "
                       "their own public address: then open " +
                           url + "/healthz from elsewhere"});
  } else {
    results.push_back({"reachable", kError,
                       url + "/healthz answers " + std::to_string(probe.status),
                       advice_for(probe.status, config)});
  }
}

}  // namespace jawort
