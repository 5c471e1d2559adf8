// PROMISES 33: bad configuration is refused with file, line and key.
#include "engine/app/config.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

struct BadConfig {
  std::string_view toml;   // comes after the two lines of [mail] from, so it begins at line 3
  std::string_view where;  // what the message begins with
};

constexpr std::string_view kGoodStart = "[mail]\nfrom = \"info@sommer.example\"\n";

const BadConfig kBadConfigs[] = {
    // Sections and keys
    {"[sever]", "3: [sever]: unknown section, did you mean \"server\"?"},
    {"[x]", "3: [x]: unknown section"},
    {"[server.tls]\ncert = \"a\"", "3: [server] tls: unknown key"},
    {"[server]\nlisen = \"127.0.0.1:80\"",
     "4: [server] lisen: unknown key, did you mean \"listen\""},
    {"[server]\nListen = \"127.0.0.1:80\"", "4: [server] Listen: unknown key, did you mean"},
    {"[smtp]\npasswort = \"x\"", "4: [smtp] passwort: unknown key, did you mean \"password\"?"},
    {"[consent]\ntimezone = \"UTC\"",
     "4: [consent] timezone: unknown key, did you mean \"time_zone\""},
    {"[log]\nfile = \"x\"", "4: [log] file: unknown key"},
    {"[keys]\nkeys = \"x\"", "4: [keys] keys: unknown key"},
    {"[database]\npath = \"x\"", "4: [database] path: unknown key"},
    {"[limits]\nposts = 4", "4: [limits] posts: unknown key"},
    {"[[server]]\nlisten = \"127.0.0.1:80\"", "3: server: stands outside of a section"},
    // What is no TOML
    {"[server", "3: is not valid TOML"},
    {"[server]\nlisten = 127.0.0.1:80", "4: is not valid TOML"},
    {"[server]\nlisten = \"a", "4: is not valid TOML"},
    {"[server]\nlisten = \"127.0.0.1:80\"\nlisten = \"127.0.0.1:81\"", "5: is not valid TOML"},
    {"[server]\n[server]", "4: is not valid TOML"},
    {"[mail]", "3: is not valid TOML"},
    {"= 3", "3: is not valid TOML"},
    {"[log]\nlevel = info", "4: is not valid TOML"},
    // Types
    {"[server]\nlisten = 8080", "4: [server] listen: must be text in quotes, not a whole number"},
    {"[server]\nlisten = true", "4: [server] listen: must be text in quotes, not true or false"},
    {"[server]\nlisten = [\"127.0.0.1:80\"]",
     "4: [server] listen: must be text in quotes, not a list"},
    {"[server]\npublic_url = 1.5", "4: [server] public_url: must be text in quotes, not a number"},
    {"[server]\nstop_within = 25", "4: [server] stop_within: must be text in quotes"},
    {"[server]\ntrusted_proxies = \"10.0.0.1\"", "4: [server] trusted_proxies: must be a list"},
    {"[server]\ntrusted_proxies = [10]", "4: [server] trusted_proxies: must be a list of texts"},
    {"[database]\nreserve = 64", "4: [database] reserve: must be text in quotes"},
    {"[database]\nreserve = \"64\"", "4: [database] reserve: must be a size like"},
    {"[database]\nreserve = \"64 MB\"", "4: [database] reserve: must be a size like"},
    {"[database]\nreserve = \"-1 MiB\"", "4: [database] reserve: must be a size like"},
    {"[database]\nreserve = \"2000 GiB\"", "4: [database] reserve: must be a size like"},
    {"[database]\ncache = \"0\"", "4: [database] cache: must be a size like"},
    {"[database]\ncache = \"1 KiB\"", "4: [database] cache: must be a size like"},
    {"[database]\nurl = 2026-11-23", "4: [database] url: must be text in quotes, not a date"},
    {"[smtp]\nconnections = \"8\"", "4: [smtp] connections: must be a whole number, not text"},
    {"[smtp]\nconnections = 1.5", "4: [smtp] connections: must be a whole number"},
    {"[smtp]\nurl = {host = \"a\"}", "4: [smtp] url: must be text in quotes, not a table"},
    {"[smtp]\ntls = true", "4: [smtp] tls: must be text in quotes"},
    {"[consent]\nlink_valid = 7", "4: [consent] link_valid: must be text in quotes"},
    {"[consent]\nsuspicious = \"ask\"",
     "4: [consent] suspicious: must be mark or ask_again, not \"ask\""},
    {"[consent]\nip = false", "4: [consent] ip: must be text in quotes"},
    {"[log]\nlevel = 1", "4: [log] level: must be text in quotes"},
    {"[keys]\ndir = 1", "4: [keys] dir: must be text in quotes"},
    {"[limits]\nconnections = \"10\"", "4: [limits] connections: must be a whole number"},
    // Listening addresses
    {"[server]\nlisten = \"\"", "4: [server] listen: is empty"},
    {"[server]\nlisten = \"8080\"", "4: [server] listen: must be an IP address and a port"},
    {"[server]\nlisten = \":8080\"", "4: [server] listen: must be an IP address and a port"},
    {"[server]\nlisten = \"127.0.0.1\"", "4: [server] listen: must be an IP address and a port"},
    {"[server]\nlisten = \"127.0.0.1:\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"127.0.0.1:65536\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"127.0.0.1:-1\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"127.0.0.1:80a\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"256.0.0.1:80\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"example.org:80\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"::1:80\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"[127.0.0.1]:80\"", "4: [server] listen: must be"},
    {"[server]\nlisten = \"[::1]80\"", "4: [server] listen: must be"},
    {"[server]\nadmin_listen = \"127.0.0.1:8080\"",
     "4: [server] admin_listen: must have another port"},
    {"[server]\nadmin_listen = \"x:1\"", "4: [server] admin_listen: must be an IP address"},
    // Public URL
    {"[server]\npublic_url = \"optin.example.org\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"http://optin.example.org\"",
     "4: [server] public_url: must be https"},
    {"[server]\npublic_url = \"ftp://optin.example.org\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://exa mple.org\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://a@example.org\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://example.org:0\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://example.org:99999\"",
     "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://-example.org\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://bücher.example\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://1.2.3\"", "4: [server] public_url: must be a URL"},
    {"[server]\npublic_url = \"https://example.org/optin\"", "4: [server] public_url: must end"},
    {"[server]\npublic_url = \"https://example.org?x\"", "4: [server] public_url: must end"},
    {"[server]\nlisten = \"0.0.0.0:80\"", "[server] public_url: is missing"},
    // Proxies and the time of a stop
    {"[server]\ntrusted_proxies = [\"proxy\"]",
     "4: [server] trusted_proxies: must list IP addresses"},
    {"[server]\ntrusted_proxies = [\"10.0.0.1/8\"]", "4: [server] trusted_proxies: must list"},
    {"[server]\ntrusted_proxies = [\"10.0.0.0/33\"]", "4: [server] trusted_proxies: must list"},
    {"[server]\ntrusted_proxies = [\"10.0.0.0/\"]", "4: [server] trusted_proxies: must list"},
    {"[webhooks]\nallow_private = [\"localhost\"]",
     "4: [webhooks] allow_private: must list IP addresses"},
    {"[webhooks]\nallow_private = [\"10.0.0.1/8\"]", "4: [webhooks] allow_private: must list"},
    {"[webhooks]\nallow = []", "4: [webhooks] allow: unknown key"},
    {"[server]\ntrusted_proxies = [\"\"]", "4: [server] trusted_proxies: must list"},
    {"[server]\nstop_within = \"25\"", "4: [server] stop_within: must be an ISO 8601 duration"},
    {"[server]\nstop_within = \"25s\"", "4: [server] stop_within: must be an ISO 8601 duration"},
    {"[server]\nstop_within = \"P1M\"", "4: [server] stop_within: must be from 0 to 3600 seconds"},
    {"[server]\nstop_within = \"PT2H\"", "4: [server] stop_within: must be from 0 to 3600 seconds"},
    // Database
    {"[database]\nurl = \"data/jawort.db\"", "4: [database] url: must look like"},
    {"[database]\nurl = \"sqlite:\"", "4: [database] url: must look like"},
    {"[database]\nurl = \"sqlite://host/x\"", "4: [database] url: must look like"},
    {"[database]\nurl = \"sqlite:data/\"", "4: [database] url: must look like"},
    {"[database]\nurl = \"sqlite:a?mode=ro\"", "4: [database] url: must look like"},
    {"[database]\nurl = \"mysql://x\"", "4: [database] url: must look like"},
    {"[database]\nurl = \"postgresql://x/y\"", "4: [database] url: PostgreSQL comes with a later"},
    // SMTP
    {"[smtp]\nurl = \"mail.example.org\"", "4: [smtp] url: must be a URL"},
    {"[smtp]\nurl = \"http://mail.example.org\"", "4: [smtp] url: must be a URL"},
    {"[smtp]\nurl = \"smtp://a:b@mail.example.org\"", "4: [smtp] url: must be a URL"},
    {"[smtp]\nurl = \"smtp://mail.example.org/x\"", "4: [smtp] url: must end after the host"},
    {"[smtp]\nurl = \"smtp://\"", "4: [smtp] url: must be a URL"},
    {"[smtp]\nurl = \"mailbox:\"", "4: [smtp] url: must be a URL"},
    {"[smtp]\nconnections = 0", "4: [smtp] connections: must be from 1 to 256, not 0"},
    {"[smtp]\nconnections = 257", "4: [smtp] connections: must be from 1 to 256, not 257"},
    {"[smtp]\nrate = \"fast\"", "4: [smtp] rate: must be one rate"},
    {"[smtp]\ntls = \"maybe\"", "4: [smtp] tls: must be required, opportunistic or none"},
    {"[smtp]\nusername = \"anna\"", "4: [smtp] username: needs a password"},
    {"[smtp]\npassword = \"x\"", "4: [smtp] password: needs a username"},
    {"[smtp]\nusername = \"a\"\npassword = \"x\"\ntls = \"opportunistic\"",
     "6: [smtp] tls: must be required where a password is set"},
    {"[smtp]\nusername = \"a\"\npassword = \"x\"\ntls = \"none\"",
     "6: [smtp] tls: must be required"},
    {"[smtp]\nurl = \"smtps://m.example\"\ntls = \"none\"", "5: [smtp] tls: must be required with"},
    {"[smtp]\nusername = \"a\\nb\"\npassword = \"x\"",
     "4: [smtp] username: must not hold line breaks"},
    {"[smtp]\nusername = \"a\"\npassword_file = \"/nonexistent/x\"",
     "5: [smtp] password_file: cannot"},
    {"[smtp]\npassword = \"x\"\npassword_file = \"y\"\nusername = \"a\"", "is set twice"},
    // The rest
    {"[bounces]\nurl = \"imaps://mail.example/Spam\"", "4: [bounces] url: must end after"},
    {"[bounces]\nusername = \"b\"", "4: [bounces] username: needs a url"},
    {"[bounces]\nurl = \"imaps://mail.example\"", "4: [bounces] url: needs a username"},
    {"[bounces]\nurl = \"imaps://mail.example\"\nusername = \"b\"\npassword = \"x\"",
     "4: [bounces] url: needs [mail] bounce_domain"},
    {"[bounces]\nurl = \"imap://mail.example\"", "4: [bounces] url: must be a URL like imaps://"},
    {"[consent]\nlink_valid = \"P15D\"",
     "4: [consent] link_valid: must be from 1 to 1209600 seconds"},
    {"[consent]\nlink_valid = \"PT0S\"", "4: [consent] link_valid: must be from 1"},
    {"[consent]\nlink_valid = \"P1M\"", "4: [consent] link_valid: must be from 1"},
    {"[consent]\nlink_valid = \"-P1D\"", "4: [consent] link_valid: must be an ISO 8601 duration"},
    {"[consent]\nip = \"yes\"", "4: [consent] ip: must be truncated, full or none"},
    {"[consent]\ntime_zone = \"Berlin\"", "4: [consent] time_zone: must be a time zone"},
    {"[consent]\ntime_zone = \"+01:00\"", "4: [consent] time_zone: must be a time zone"},
    {"[limits]\nconfirmation_mails = \"2000\"", "4: [limits] confirmation_mails: must be a number"},
    {"[limits]\nconfirmation_mails = \"1 per PT1S, 2 per P1D\"",
     "4: [limits] confirmation_mails: must be a number"},
    {"[limits]\nconnections = 0", "4: [limits] connections: must be from 1"},
    {"[log]\nlevel = \"verbose\"", "4: [log] level: must be debug, info, warning or error"},
    {"[log]\nformat = \"xml\"", "4: [log] format: must be json or text"},
    {"[keys]\ndir = \"\"", "4: [keys] dir: is empty"},
    {"[ledger]\norigin = \"a b\"", "4: [ledger] origin: must be a name without spaces"},
    {"[ledger]\ntimestamp_url = \"tsa\"", "4: [ledger] timestamp_url: must be a URL"},
};

// [mail] itself: the whole file.
const BadConfig kBadMails[] = {
    {"", "jawort.toml: [mail] from: is missing"},
    {"[mail]\nfrom = \"\"", "jawort.toml:2: [mail] from: is empty"},
    {"[mail]\nfrom = 3", "jawort.toml:2: [mail] from: must be text"},
    {"[mail]\nfrom = \"nobody\"", "jawort.toml:2: [mail] from: must be an e-mail address"},
    {"[mail]\nfrom = \"a@localhost\"", "jawort.toml:2: [mail] from: must be"},
    {"[mail]\nfrom = \"A <a@b.example\"", "jawort.toml:2: [mail] from: must be"},
    {"[mail]\nfrom = \"A a@b.example>\"", "jawort.toml:2: [mail] from: must be"},
    {"[mail]\nfrom = \"A <B <a@b.example>\"", "jawort.toml:2: [mail] from: must be"},
    {"[mail]\nfrom = \"A < a@b.example >\"", "jawort.toml:2: [mail] from: must be"},
    {"[mail]\nfrom = \"A\\r\\nBcc: x@b.example <a@b.example>\"",
     "jawort.toml:2: [mail] from: must"},
    {"[mail]\nfrom = \"a@b.example, c@d.example\"", "jawort.toml:2: [mail] from: must be"},
    {"[mail]\nfrom = \"a@b.example\"\nreply_to = \"x\"", "jawort.toml:3: [mail] reply_to: must be"},
    {"[mail]\nfrom = \"a@b.example\"\nbounce_domain = \"x\"",
     "jawort.toml:3: [mail] bounce_domain"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = \"s\"",
     "jawort.toml:3: [mail] dkim_selector: needs a"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_key = \"k\"", "jawort.toml:3: [mail] dkim_key: needs a"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = \"a b\"\ndkim_key = \"k\"",
     "jawort.toml:3: [mail] dkim_selector: must be a DNS name"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = [\"s\", \"s\"]\ndkim_key = [\"k\", \"l\"]",
     "jawort.toml:3: [mail] dkim_selector: has \"s\" twice"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = []\ndkim_key = \"k\"",
     "jawort.toml:3: [mail] dkim_selector: is empty"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = [\"s\", \"t\"]\ndkim_key = \"k\"",
     "jawort.toml:4: [mail] dkim_key: names 1 and dkim_selector 2"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = \"s\"\ndkim_key = 7",
     "jawort.toml:4: [mail] dkim_key: must be a list of texts"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_selector = \"s\"\ndkim_key = \"/not/there\"",
     "jawort.toml:4: [mail] dkim_key: cannot open /not/there"},
    {"[mail]\nfrom = \"a@b.example\"\ndkim_domain = \"localhost\"",
     "jawort.toml:3: [mail] dkim_domain: must be a domain"},
};

void refuses(const std::string& toml, const std::string& where) {
  INFO(toml);
  const auto config = parse_config(toml, "jawort.toml", {});
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().kind == ErrorKind::kConfiguration);
  INFO(config.error().message);
  CHECK(config.error().message.find(where) != std::string::npos);
  // One mistake, one line: what follows from it is not told as well.
  CHECK(config.error().message.find('\n') == std::string::npos);
}

TEST_CASE("bad configurations are refused with file, line and key") {
  STATIC_REQUIRE(std::size(kBadConfigs) + std::size(kBadMails) >= 100);
  for (const BadConfig& bad : kBadConfigs) {
    const bool has_line = bad.where.front() >= '0' && bad.where.front() <= '9';
    refuses(std::string(kGoodStart) + std::string(bad.toml),
            (has_line ? "jawort.toml:" : "") + std::string(bad.where));
  }
  for (const BadConfig& bad : kBadMails) refuses(std::string(bad.toml), std::string(bad.where));
}

TEST_CASE("a file that is not UTF-8") {
  refuses("[mail]\nfrom = \"\xff\"", "jawort.toml:1: is not UTF-8");
}

}  // namespace
}  // namespace jawort
