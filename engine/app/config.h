// jawort.toml as typed values (PRODUCT §5). Strict: an unknown section or key, a wrong type, a
// value out of range is an error that names file, line and key, and all errors come at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/app/config_values.h"
#include "engine/app/settings.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/text.h"
#include "engine/flow/context.h"
#include "engine/mail/dkim.h"
#include "engine/mail/mailbox_reader.h"
#include "engine/mail/smtp_transport.h"

namespace jawort {

enum class LogFormat : std::uint8_t { kJson, kText };

struct Config {
  std::string file;    // as it was named; for messages
  std::string folder;  // of the file; relative paths in it start here

  struct Server {
    ListenAddress listen{"127.0.0.1", 8080};
    ListenAddress admin_listen{"127.0.0.1", 8081};
    // Without a slash at the end. Empty: the port is only known once it is bound; then it is
    // http://HOST:PORT of `listen`, which is loopback.
    std::string public_url;
    std::vector<std::string> trusted_proxies;
    std::chrono::seconds stop_within{25};
  } server;

  struct Database {
    std::string path;                       // absolute, or relative to the working folder
    std::int64_t reserve_bytes = 64 << 20;  // kept on the disk; 0: none
    std::int64_t cache_bytes = 16 << 20;    // of the writer, in memory
  } database;

  struct Smtp {
    std::string url = "smtp://127.0.0.1:25";
    std::string username;
    Secret password;
    TlsPolicy tls = TlsPolicy::kOpportunistic;
    std::string ca_file;  // empty: the system's certificates
    int connections = 8;
    std::optional<RateLimit> rate;  // attempts; nothing: unlimited
    // Not empty: mails are filed into this folder instead (url "mailbox:FOLDER"); `demo` only.
    std::string mailbox_folder;
  } smtp;

  struct Mail {
    Mailbox from;
    std::optional<Mailbox> reply_to;
    DkimSigner dkim;  // its domain is never empty after load
    // As they are set, one selector for each file, in the same order.
    std::vector<std::string> dkim_selectors, dkim_files;
    std::string bounce_domain;  // empty: mails have the sender as return path
  } mail;

  MailboxSettings bounces;  // url: empty when no mailbox is read

  struct ConsentRules {
    Duration link_valid{0, std::chrono::hours{7 * 24}};
    IpPolicy ip = IpPolicy::kTruncated;
    SuspicionPolicy suspicious = SuspicionPolicy::kMark;
    std::string time_zone = "Europe/Berlin";
  } consent;

  struct Limits {
    int connections = 2048;            // of the public listener
    int connections_per_client = 256;  // per IPv4 address or IPv6 /64; not of trusted proxies
    std::optional<RateLimit> confirmation_mails;  // of the whole installation; nothing: no brake
  } limits;

  struct Logging {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kJson;
  } log;

  WebhookSettings webhooks;
  LedgerSettings ledger;  // origin: empty when it is not set

  std::string keys_folder;
  std::string templates_folder;
  bool holds_secret = false;  // a password stands in the file itself

  // Valid, but not carried out by this version: "jawort.toml:9: [ledger] origin: not active yet".
  std::vector<std::string> warnings;

  std::string control_socket() const;  // beside the database
  std::string data_folder() const;     // of the database
};

// The file of --config; without it jawort.toml here, then /etc/jawort/jawort.toml.
// kConfiguration when there is none.
Result<std::string> find_config(const std::string& wanted);

// kConfiguration: all problems, one per line.
Result<Config> load_config(const std::string& file, const Environment& environment);
Result<Config> parse_config(std::string_view toml, const std::string& file,
                            const Environment& environment);

}  // namespace jawort
