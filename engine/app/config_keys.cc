#include "engine/app/config_keys.h"

#include <algorithm>
#include <array>

#include "engine/base/time_zone.h"
#include "engine/consent/email_address.h"
#include "engine/evidence/signed_note.h"

namespace jawort {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours kYear{24 * 366};

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

// A relative path starts at the folder of the file, not at the working folder.
std::string resolved(const Config& config, const std::string& path) {
  if (path.starts_with('/') || config.folder.empty() || config.folder == ".") return path;
  return config.folder == "/" ? "/" + path : config.folder + "/" + path;
}

std::optional<Url> read_url(SettingReader& reader, const std::vector<std::string_view>& schemes) {
  const auto text = reader.text();
  if (!text) return std::nullopt;
  const auto url = parse_url(*text);
  if (url && std::find(schemes.begin(), schemes.end(), url->scheme) != schemes.end()) return url;
  std::string known;
  for (const std::string_view scheme : schemes) {
    known += known.empty() ? "" : " or ";
    known.append(scheme).append("://host[:port]");
  }
  // The value is not repeated: user:password@ may stand in it.
  reader.refuse("must be a URL like " + known + ", without user name and password");
  return std::nullopt;
}

void read_listen(SettingReader& reader, ListenAddress& out) {
  const auto text = reader.text();
  if (!text) return;
  const auto address = parse_listen_address(*text);
  if (!address) {
    reader.refuse(
        "must be an IP address and a port like \"127.0.0.1:8080\" or \"[::1]:8080\", not " +
        in_quotes(*text));
    return;
  }
  out = *address;
}

void read_public_url(SettingReader& reader, Config& config) {
  const auto url = read_url(reader, {"https", "http"});
  if (!url) return;
  if (url->scheme == "http" && !is_loopback(url->host)) {
    reader.refuse("must be https (plain http is for loopback only)");
    return;
  }
  if (!url->rest.empty() && url->rest != "/") {
    reader.refuse("must end after the host or port; a path is not possible");
    return;
  }
  const bool six = url->host.find(':') != std::string::npos;
  config.server.public_url = url->scheme + "://" + (six ? "[" + url->host + "]" : url->host);
  if (url->port != 0) config.server.public_url += ":" + std::to_string(url->port);
}

void read_trusted_proxies(SettingReader& reader, Config& config) {
  const auto list = reader.list();
  if (!list) return;
  for (const std::string& network : *list) {
    if (!is_network(network)) {
      reader.refuse(
          "must list IP addresses or networks like \"10.0.0.0/8\" (no bits set after the "
          "prefix), not " +
          in_quotes(network));
    }
  }
  config.server.trusted_proxies = *list;
}

void read_allow_private(SettingReader& reader, Config& config) {
  const auto list = reader.list();
  if (!list) return;
  for (const std::string& network : *list) {
    if (!is_network(network)) {
      reader.refuse(
          "must list IP addresses or networks like \"10.1.0.0/16\" (no bits set after the "
          "prefix), not " +
          in_quotes(network));
    }
  }
  config.webhooks.guard = AddressGuard(parse_networks(*list));
}

void read_database_url(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (!text) return;
  if (text->starts_with("postgresql://") || text->starts_with("postgres://")) {
    reader.refuse("PostgreSQL comes with a later version; this one takes \"sqlite:PATH\"");
    return;
  }
  constexpr std::string_view kScheme = "sqlite:";
  std::string path = text->starts_with(kScheme) ? text->substr(kScheme.size()) : "";
  if (path.starts_with("///")) path.erase(0, 2);  // sqlite:///var/lib: the same as sqlite:/var/lib
  if (path.empty() || path.starts_with("//") || path.ends_with('/') ||
      path.find_first_of("?#") != std::string::npos) {
    reader.refuse("must look like \"sqlite:data/jawort.db\", not " + in_quotes(*text));
    return;
  }
  config.database.path = resolved(config, path);
}

void read_size(SettingReader& reader, std::int64_t least, std::int64_t& bytes) {
  const auto text = reader.text();
  if (!text) return;
  const auto size = parse_size(*text);
  if (!size || (*size < least && *size != 0) || (*size == 0 && least > 0)) {
    reader.refuse("must be a size like \"64 MiB\" or \"2 GiB\", not " + in_quotes(*text));
    return;
  }
  bytes = *size;
}

void read_smtp_url(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (!text) return;
  constexpr std::string_view kMailbox = "mailbox:";
  if (text->starts_with(kMailbox) && text->size() > kMailbox.size()) {
    config.smtp.url = *text;
    config.smtp.mailbox_folder = resolved(config, text->substr(kMailbox.size()));
    return;
  }
  const auto url = read_url(reader, {"smtp", "smtps"});
  if (!url) return;
  if (!url->rest.empty() && url->rest != "/") {
    reader.refuse("must end after the host or port");
    return;
  }
  config.smtp.url = text->ends_with('/') ? text->substr(0, text->size() - 1) : *text;
}

std::optional<Mailbox> read_mailbox(SettingReader& reader) {
  const auto text = reader.text();
  if (!text) return std::nullopt;
  const auto mailbox = parse_mailbox(*text);
  if (!mailbox) {
    reader.refuse("must be an e-mail address, alone or as \"Name <name@example.org>\"");
  }
  return mailbox;
}

bool is_domain(SettingReader& reader, const std::string& text) {
  if (is_host_name(text) && text.find('.') != std::string::npos) return true;
  reader.refuse("must be a domain like \"bounce.example.org\", not " + in_quotes(text));
  return false;
}

void check_domain(SettingReader& reader) {
  if (const auto text = reader.text()) (void)is_domain(reader, *text);
}

// Lower case, because a return path is compared as it is stored.
void read_bounce_domain(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (text && is_domain(reader, *text)) config.mail.bounce_domain = ascii_lower(*text);
}

// The path of a URL would name a folder or a message; the mailbox is INBOX.
void read_bounces_url(SettingReader& reader, Config& config) {
  const auto url = read_url(reader, {"imaps", "pop3s"});
  if (!url) return;
  if (!url->rest.empty() && url->rest != "/") {
    reader.refuse("must end after the host or port");
    return;
  }
  config.bounces.url = reader.text().value_or("");
  if (config.bounces.url.ends_with('/')) config.bounces.url.pop_back();
}

void read_dkim_selectors(SettingReader& reader, Config& config) {
  const auto selectors = reader.texts();
  if (!selectors) return;
  for (const std::string& selector : *selectors) {
    if (!is_host_name(selector)) {
      reader.refuse("must be a DNS name like \"jawort1\", or a list of them, not " +
                    in_quotes(selector));
    }
    if (std::ranges::count(*selectors, selector) > 1) {
      reader.refuse("has " + in_quotes(selector) + " twice; each key has a selector of its own");
    }
  }
  if (reader.problem().empty()) config.mail.dkim_selectors = *selectors;
}

void read_dkim_domain(SettingReader& reader, Config& config) {
  check_domain(reader);
  config.mail.dkim.domain = ascii_lower(reader.text().value_or(""));
}

void read_dkim_files(SettingReader& reader, Config& config) {
  const auto files = reader.texts();
  if (!files) return;
  for (const std::string& file : *files) {
    config.mail.dkim_files.push_back(resolved(config, file));
  }
}

void read_origin(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (!text) return;
  if (text->size() > 255 || !valid_key_name(*text)) {
    reader.refuse(
        "must be a name without spaces and plus signs, like \"optin.example.org/ledger\"");
    return;
  }
  config.ledger.origin = *text;
}

void read_web_url(SettingReader& reader, std::string& out) {
  const auto url = read_url(reader, {"https", "http"});
  if (url) out = reader.text().value_or("");
}

void read_rate(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (!text) return;
  const auto limits = parse_rate_limits(*text);
  if (!limits || limits->size() != 1 || limits->front().window.months != 0) {
    reader.refuse("must be one rate like \"600 per PT1M\", not " + in_quotes(*text));
    return;
  }
  config.smtp.rate = limits->front();
}

void read_tls(SettingReader& reader, Config& config) {
  constexpr std::array kPolicies = {TlsPolicy::kRequired, TlsPolicy::kOpportunistic,
                                    TlsPolicy::kNone};
  const auto chosen = reader.choice({"required", "opportunistic", "none"});
  if (chosen) config.smtp.tls = kPolicies[*chosen];
}

void read_link_valid(SettingReader& reader, Config& config) {
  const auto valid = reader.exact_duration(seconds(1), std::chrono::hours(14 * 24));
  if (valid) config.consent.link_valid = Duration{0, *valid};
}

void read_ip_policy(SettingReader& reader, Config& config) {
  constexpr std::array kPolicies = {IpPolicy::kTruncated, IpPolicy::kFull, IpPolicy::kNone};
  const auto chosen = reader.choice({"truncated", "full", "none"});
  if (chosen) config.consent.ip = kPolicies[*chosen];
}

void read_suspicious(SettingReader& reader, Config& config) {
  constexpr std::array kPolicies = {SuspicionPolicy::kMark, SuspicionPolicy::kAskAgain};
  const auto chosen = reader.choice({"mark", "ask_again"});
  if (chosen) config.consent.suspicious = kPolicies[*chosen];
}

void read_time_zone(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (!text) return;
  if (!TimeZone::find(*text).ok()) {
    reader.refuse("must be a time zone like \"Europe/Berlin\", not " + in_quotes(*text));
    return;
  }
  config.consent.time_zone = *text;
}

void read_confirmation_mails(SettingReader& reader, Config& config) {
  const auto text = reader.text();
  if (!text) return;
  const auto limits = parse_rate_limits(*text);
  if (!limits || limits->size() != 1) {
    reader.refuse("must be a number of mails and a time like \"2000 per PT1H\", not " +
                  in_quotes(*text));
    return;
  }
  config.limits.confirmation_mails = limits->front();
}

void read_log_level(SettingReader& reader, Config& config) {
  constexpr std::array kLevels = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning,
                                  LogLevel::kError};
  const auto chosen = reader.choice({"debug", "info", "warning", "error"});
  if (chosen) config.log.level = kLevels[*chosen];
}

void read_log_format(SettingReader& reader, Config& config) {
  const auto chosen = reader.choice({"json", "text"});
  if (chosen) config.log.format = *chosen == 0 ? LogFormat::kJson : LogFormat::kText;
}

constexpr auto kPlain = ConfigKey::Kind::kPlain;
constexpr auto kSecret = ConfigKey::Kind::kSecret;
using Reader = SettingReader&;

constexpr std::array kKeys = {
    ConfigKey{"server", "listen", kPlain,
              [](Reader r, Config& c) { read_listen(r, c.server.listen); }},
    ConfigKey{"server", "admin_listen", kPlain,
              [](Reader r, Config& c) { read_listen(r, c.server.admin_listen); }},
    ConfigKey{"server", "public_url", kPlain, read_public_url},
    ConfigKey{"server", "trusted_proxies", kPlain, read_trusted_proxies},
    ConfigKey{"server", "stop_within", kPlain,
              [](Reader r, Config& c) {
                const auto within = r.exact_duration(seconds(0), seconds(3600));
                if (within) c.server.stop_within = *within;
              }},
    ConfigKey{"database", "url", kPlain, read_database_url},
    ConfigKey{"database", "reserve", kPlain,
              [](Reader r, Config& c) { read_size(r, 0, c.database.reserve_bytes); }},
    ConfigKey{"database", "cache", kPlain,
              [](Reader r, Config& c) { read_size(r, 1 << 20, c.database.cache_bytes); }},
    ConfigKey{"smtp", "url", kPlain, read_smtp_url},
    ConfigKey{"smtp", "username", kPlain,
              [](Reader r, Config& c) { c.smtp.username = r.text().value_or(""); }},
    ConfigKey{"smtp", "password", kSecret,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.smtp.password = Secret(*text);
              }},
    ConfigKey{"smtp", "tls", kPlain, read_tls},
    ConfigKey{"smtp", "ca_file", kPlain,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.smtp.ca_file = resolved(c, *text);
              }},
    ConfigKey{"smtp", "connections", kPlain,
              [](Reader r, Config& c) { c.smtp.connections = r.whole_number(1, 256).value_or(8); }},
    ConfigKey{"smtp", "rate", kPlain, read_rate},
    ConfigKey{"mail", "from", kPlain,
              [](Reader r, Config& c) { c.mail.from = read_mailbox(r).value_or(Mailbox{}); }},
    ConfigKey{"mail", "reply_to", kPlain,
              [](Reader r, Config& c) { c.mail.reply_to = read_mailbox(r); }},
    ConfigKey{"mail", "bounce_domain", kPlain, read_bounce_domain},
    ConfigKey{"mail", "dkim_selector", kPlain, read_dkim_selectors},
    ConfigKey{"mail", "dkim_domain", kPlain, read_dkim_domain},
    ConfigKey{"mail", "dkim_key", kPlain, read_dkim_files},
    ConfigKey{"bounces", "url", kPlain, read_bounces_url},
    ConfigKey{"bounces", "username", kPlain,
              [](Reader r, Config& c) { c.bounces.username = r.text().value_or(""); }},
    ConfigKey{"bounces", "password", kSecret,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.bounces.password = Secret(*text);
              }},
    ConfigKey{"bounces", "ca_file", kPlain,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.bounces.ca_file = resolved(c, *text);
              }},
    ConfigKey{"bounces", "every", kPlain,
              [](Reader r, Config& c) {
                const auto every = r.exact_duration(seconds(1), std::chrono::hours(24));
                if (every) c.bounces.every = *every;
              }},
    ConfigKey{"consent", "link_valid", kPlain, read_link_valid},
    ConfigKey{"consent", "ip", kPlain, read_ip_policy},
    ConfigKey{"consent", "suspicious", kPlain, read_suspicious},
    ConfigKey{"consent", "time_zone", kPlain, read_time_zone},
    ConfigKey{"limits", "connections", kPlain,
              [](Reader r, Config& c) {
                c.limits.connections = r.whole_number(1, 65536).value_or(2048);
              }},
    ConfigKey{"limits", "connections_per_client", kPlain,
              [](Reader r, Config& c) {
                c.limits.connections_per_client = r.whole_number(1, 65536).value_or(256);
              }},
    ConfigKey{"limits", "confirmation_mails", kPlain, read_confirmation_mails},
    ConfigKey{"log", "level", kPlain, read_log_level},
    ConfigKey{"log", "format", kPlain, read_log_format},
    ConfigKey{"keys", "dir", kPlain,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.keys_folder = resolved(c, *text);
              }},
    ConfigKey{"webhooks", "allow_private", kPlain, read_allow_private},
    ConfigKey{"webhooks", "ca_file", kPlain,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.webhooks.ca_file = resolved(c, *text);
              }},
    ConfigKey{"ledger", "origin", kPlain, read_origin},
    ConfigKey{"ledger", "checkpoint_file", kPlain,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.ledger.checkpoint_file = resolved(c, *text);
              }},
    ConfigKey{"ledger", "checkpoint_url", kPlain,
              [](Reader r, Config& c) { read_web_url(r, c.ledger.checkpoint_url); }},
    ConfigKey{"ledger", "mail_officer", kPlain,
              [](Reader r, Config& c) {
                const auto every = r.exact_duration(std::chrono::hours(1), kYear);
                if (every) c.ledger.mail_officer = Duration{0, *every};
              }},
    ConfigKey{"ledger", "timestamp_url", kPlain,
              [](Reader r, Config& c) { read_web_url(r, c.ledger.timestamp_url); }},
    ConfigKey{"ledger", "timestamp_ca_file", kPlain,
              [](Reader r, Config& c) {
                if (const auto text = r.text()) c.ledger.timestamp_ca_file = resolved(c, *text);
              }},
    ConfigKey{"ledger", "timestamp_every", kPlain,
              [](Reader r, Config& c) {
                const auto every = r.exact_duration(seconds(60), kYear);
                if (every) c.ledger.timestamp_every = Duration{0, *every};
              }},
};

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view section, std::string_view key) {
  for (const ConfigKey& known : kKeys) {
    if (known.section == section && known.key == key) return &known;
  }
  return nullptr;
}

}  // namespace jawort
