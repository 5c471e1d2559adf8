#include "engine/app/config.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/rfc_dkim_keys.h"
#include "tests/support/temporary_folder.h"

namespace jawort {
namespace {

constexpr std::string_view kLeast = "[mail]\nfrom = \"info@sommer.example\"\n";

Config parsed(std::string_view toml, const Environment& environment = {}) {
  auto config = parse_config(toml, "/srv/jawort/jawort.toml", environment);
  INFO((config.ok() ? "" : config.error().message));
  REQUIRE(config.ok());
  return std::move(*config);
}

std::string problems(std::string_view toml, const Environment& environment = {}) {
  const auto config = parse_config(toml, "jawort.toml", environment);
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().kind == ErrorKind::kConfiguration);
  return config.error().message;
}

void secret_file(const std::string& path, std::string_view text, unsigned mode = 0600) {
  std::ofstream(path) << text;
  std::filesystem::permissions(path, std::filesystem::perms(mode));
}

TEST_CASE("the defaults of a configuration that says next to nothing") {
  const Config config = parsed(kLeast);
  CHECK(config.server.listen.text() == "127.0.0.1:8080");
  CHECK(config.server.admin_listen.text() == "127.0.0.1:8081");
  CHECK(config.server.public_url == "http://127.0.0.1:8080");
  CHECK(config.server.stop_within == std::chrono::seconds(25));
  CHECK(config.database.path == "/srv/jawort/data/jawort.db");
  CHECK(config.database.reserve_bytes == 64 * 1024 * 1024);
  CHECK(config.control_socket() == "/srv/jawort/data/jawort.sock");
  CHECK(config.data_folder() == "/srv/jawort/data");
  CHECK(config.keys_folder == "/srv/jawort/keys");
  CHECK(config.templates_folder == "/srv/jawort/templates");
  CHECK(config.smtp.url == "smtp://127.0.0.1:25");
  CHECK(config.smtp.connections == 8);
  CHECK(config.smtp.tls == TlsPolicy::kOpportunistic);
  CHECK(config.consent.link_valid == Duration{0, std::chrono::hours(7 * 24)});
  CHECK(config.consent.ip == IpPolicy::kTruncated);
  CHECK(config.consent.time_zone == "Europe/Berlin");
  CHECK(config.limits.connections == 2048);
  CHECK(config.limits.connections_per_client == 256);
  CHECK(config.log.format == LogFormat::kJson);
  CHECK(config.warnings.empty());
  CHECK_FALSE(config.holds_secret);
}

TEST_CASE("every key is read") {
  const Config config = parsed(R"(
[server]
listen = "[::1]:9000"
admin_listen = "localhost:0"
public_url = "https://OptIn.example.org:8443/"
trusted_proxies = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]
stop_within = "PT2M"
[database]
url = "sqlite:/var/lib/jawort/main.db"
reserve = "1 GiB"
cache = "2048 KiB"
[smtp]
url = "smtps://mail.example.org:465"
username = "anna"
password = "geheim"
connections = 16
rate = "600 per PT1M"
ca_file = "ca.pem"
[mail]
from = "Bäckerei Sommer <info@sommer.example>"
reply_to = "frage@sommer.example"
[consent]
link_valid = "PT48H"
ip = "full"
suspicious = "ask_again"
time_zone = "Europe/Vienna"
[limits]
connections = 4096
connections_per_client = 20
[log]
level = "debug"
format = "text"
[keys]
dir = "geheim"
)");
  CHECK(config.server.listen == ListenAddress{"::1", 9000});
  CHECK(config.server.admin_listen == ListenAddress{"localhost", 0});
  CHECK(config.server.public_url == "https://optin.example.org:8443");
  CHECK(config.server.trusted_proxies.size() == 3);
  CHECK(config.server.stop_within == std::chrono::minutes(2));
  CHECK(config.database.path == "/var/lib/jawort/main.db");
  CHECK(config.database.reserve_bytes == 1024 * 1024 * 1024);
  CHECK(config.database.cache_bytes == 2 * 1024 * 1024);
  CHECK(config.smtp.url == "smtps://mail.example.org:465");
  CHECK(config.smtp.tls == TlsPolicy::kRequired);
  CHECK(config.smtp.password.reveal_text() == "geheim");
  CHECK(config.smtp.connections == 16);
  CHECK(config.smtp.rate == RateLimit{600, {0, std::chrono::seconds{60}}});
  CHECK(config.smtp.ca_file == "/srv/jawort/ca.pem");
  CHECK(config.mail.from.name == "Bäckerei Sommer");
  CHECK(config.mail.from.address == "info@sommer.example");
  CHECK(config.mail.reply_to->address == "frage@sommer.example");
  CHECK(config.consent.link_valid == Duration{0, std::chrono::hours(48)});
  CHECK(config.consent.ip == IpPolicy::kFull);
  CHECK(config.consent.suspicious == SuspicionPolicy::kAskAgain);
  CHECK(config.consent.time_zone == "Europe/Vienna");
  CHECK(config.limits.connections == 4096);
  CHECK(config.limits.connections_per_client == 20);
  CHECK(config.log.level == LogLevel::kDebug);
  CHECK(config.log.format == LogFormat::kText);
  CHECK(config.keys_folder == "/srv/jawort/geheim");
  CHECK(config.holds_secret);
}

TEST_CASE("keys of DKIM are read, one or several") {
  const testing::TemporaryFolder folder;
  secret_file(folder.file("rsa.pem"), testing::kRfc8463Rsa);
  secret_file(folder.file("ed.pem"), testing::kRfc8463Ed25519);
  secret_file(folder.file("open.pem"), testing::kRfc8463Ed25519, 0640);
  const auto read = [&](const std::string& lines, const Environment& environment = {}) {
    return parse_config(std::string(kLeast) + lines, folder.file("jawort.toml"), environment);
  };
  const auto one = read("dkim_selector = \"s1\"\ndkim_key = \"ed.pem\"\n");
  REQUIRE(one.ok());
  CHECK(one->mail.dkim.domain == "sommer.example");
  CHECK(one->mail.dkim.selectors() == "s1");
  CHECK(one->mail.dkim.keys.front().key.algorithm() == DkimAlgorithm::kEd25519Sha256);
  CHECK(one->warnings.empty());
  const auto two = read(
      "dkim_domain = \"News.Sommer.example\"\ndkim_selector = [\"s1\", \"s2\"]\n"
      "dkim_key = [\"ed.pem\", \"" +
      folder.file("ed.pem") + "\"]\n");
  REQUIRE(two.ok());
  CHECK(two->mail.dkim.domain == "news.sommer.example");
  CHECK(two->mail.dkim.selectors() == "s1 s2");
  const auto by_variables = read(
      "", {{"JAWORT_MAIL__DKIM_SELECTOR", "s1, s2"}, {"JAWORT_MAIL__DKIM_KEY", "ed.pem,ed.pem"}});
  REQUIRE(by_variables.ok());
  CHECK(by_variables->mail.dkim.selectors() == "s1 s2");
  const auto refused_for = [&](const std::string& file) {
    const auto config = read("dkim_selector = \"s1\"\ndkim_key = \"" + file + "\"\n");
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().kind == ErrorKind::kConfiguration);
    return config.error().message;
  };
  const std::string where = folder.file("jawort.toml") + ":4: [mail] dkim_key: ";
  CHECK(refused_for("rsa.pem") == where + folder.file("rsa.pem") +
                                      " holds an RSA key of 1024 bits; from 2048 to 4096 are taken "
                                      "(RFC 8301)");
  CHECK(refused_for("open.pem").starts_with(where + folder.file("open.pem") + " is open to other"));
  CHECK(refused_for("jawort.pem").starts_with(where));
}

TEST_CASE("where mails come back, and the mailbox that is read for them") {
  const Config config = parsed(
      "[mail]\nfrom = \"a@b.example\"\nbounce_domain = \"Bounce.B.example\"\n"
      "[bounces]\nurl = \"imaps://mail.example/\"\nusername = \"b\"\npassword = \"x\"\n"
      "ca_file = \"ca.pem\"\nevery = \"PT5M\"\n");
  CHECK(config.warnings.empty());
  CHECK(config.mail.bounce_domain == "bounce.b.example");
  CHECK(config.bounces.url == "imaps://mail.example");
  CHECK(config.bounces.username == "b");
  CHECK_FALSE(config.bounces.password.empty());
  CHECK(config.bounces.ca_file.ends_with("ca.pem"));
  CHECK(config.bounces.every == std::chrono::minutes(5));
  CHECK(parsed("[mail]\nfrom = \"a@b.example\"\n").bounces.url.empty());
}

TEST_CASE("where checkpoints go, and who stamps them") {
  const Config config = parsed(
      "[mail]\nfrom = \"a@b.example\"\n[ledger]\norigin = \"b.example/log\"\n"
      "checkpoint_file = \"out/checkpoints.txt\"\ncheckpoint_url = \"https://c.example/in\"\n"
      "mail_officer = \"P1D\"\ntimestamp_url = \"https://tsa.example/ts\"\n"
      "timestamp_ca_file = \"/etc/tsa.pem\"\ntimestamp_every = \"P1D\"\n");
  CHECK(config.warnings.empty());
  const LedgerSettings& ledger = config.ledger;
  CHECK(ledger.origin == "b.example/log");
  CHECK(ledger.checkpoint_file.ends_with("out/checkpoints.txt"));
  CHECK(ledger.checkpoint_url == "https://c.example/in");
  CHECK(ledger.mail_officer == Duration{0, std::chrono::hours(24)});
  CHECK(ledger.timestamp_url == "https://tsa.example/ts");
  CHECK(ledger.timestamp_ca_file == "/etc/tsa.pem");
  CHECK(ledger.timestamp_every == Duration{0, std::chrono::hours(24)});
  CHECK_FALSE(parsed("[mail]\nfrom = \"a@b.example\"\n").ledger.mail_officer);
}

TEST_CASE("the environment goes before the file") {
  const Config config = parsed(kLeast, {{"JAWORT_SERVER__LISTEN", "0.0.0.0:80"},
                                        {"JAWORT_SERVER__PUBLIC_URL", "https://o.example.org"},
                                        {"JAWORT_SERVER__TRUSTED_PROXIES", "10.0.0.1, ::1"},
                                        {"JAWORT_SMTP__CONNECTIONS", "3"},
                                        {"JAWORT_MAIL__FROM", "Z <z@sommer.example>"},
                                        {"JAWORT_TESTS", "somebody else's"},
                                        {"PATH", "/bin"}});
  CHECK(config.server.listen.text() == "0.0.0.0:80");
  CHECK(config.server.public_url == "https://o.example.org");
  CHECK(config.server.trusted_proxies == std::vector<std::string>{"10.0.0.1", "::1"});
  CHECK(config.smtp.connections == 3);
  CHECK(config.mail.from.address == "z@sommer.example");
}

TEST_CASE("a wrong variable is named") {
  const std::string text = problems(kLeast, {{"JAWORT_SMTP__CONNECTIONS", "many"},
                                             {"JAWORT_SMTP__URI", "smtp://x"},
                                             {"JAWORT_LOGG__LEVEL", "info"},
                                             {"JAWORT_MAIL_FROM", "a@b.example"},
                                             {"JAWORT_LOG__FORMAT", "xml"},
                                             {"JAWORT_KEYS__DIR", "\xff"},
                                             {"JAWORT_MAIL__REPLY_TO", ""}});
  for (const char* const part :
       {"JAWORT_SMTP__CONNECTIONS: [smtp] connections: must be a whole number",
        "JAWORT_SMTP__URI: [smtp] uri: unknown key, did you mean \"url\"?",
        "JAWORT_LOGG__LEVEL: [logg]: unknown section, did you mean \"log\"?",
        "JAWORT_MAIL_FROM: two underscores belong between section and key: JAWORT_MAIL__FROM",
        "JAWORT_LOG__FORMAT: [log] format: must be json or text", "JAWORT_KEYS__DIR: is not UTF-8",
        "JAWORT_MAIL__REPLY_TO: [mail] reply_to: is empty"}) {
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(part));
  }
}

TEST_CASE("a password can come from a file, by key and by variable") {
  const testing::TemporaryFolder folder;
  secret_file(folder.file("one"), "geheim eins\r\n");
  secret_file(folder.file("two"), "geheim zwei");
  const std::string toml =
      std::string(kLeast) + "[smtp]\nusername = \"anna\"\npassword_file = \"one\"\n";
  const std::string file = folder.file("jawort.toml");

  const auto by_key = parse_config(toml, file, {});
  REQUIRE(by_key.ok());
  CHECK(by_key->smtp.password.reveal_text() == "geheim eins");
  CHECK(by_key->smtp.tls == TlsPolicy::kRequired);
  CHECK_FALSE(by_key->holds_secret);

  // Either spelling of the variable wins over either spelling of the key.
  const auto by_file = parse_config(toml, file, {{"JAWORT_SMTP__PASSWORD_FILE", "two"}});
  REQUIRE(by_file.ok());
  CHECK(by_file->smtp.password.reveal_text() == "geheim zwei");
  const auto by_value = parse_config(toml, file, {{"JAWORT_SMTP__PASSWORD", "drei"}});
  REQUIRE(by_value.ok());
  CHECK(by_value->smtp.password.reveal_text() == "drei");

  const auto twice = parse_config(
      toml, file, {{"JAWORT_SMTP__PASSWORD", "x"}, {"JAWORT_SMTP__PASSWORD_FILE", "two"}});
  REQUIRE_FALSE(twice.ok());
  CHECK_THAT(twice.error().message, Catch::Matchers::ContainsSubstring("is set twice"));

  const auto missing = parse_config(toml, file, {{"JAWORT_SMTP__PASSWORD_FILE", "three"}});
  REQUIRE_FALSE(missing.ok());
  CHECK_THAT(missing.error().message, Catch::Matchers::ContainsSubstring(
                                          "JAWORT_SMTP__PASSWORD_FILE: [smtp] password_file: "));
}

TEST_CASE("a password file that others can read is refused, with the cure") {
  const testing::TemporaryFolder folder;
  secret_file(folder.file("one"), "geheim", 0644);
  const auto config =
      parse_config(std::string(kLeast) + "[smtp]\nusername = \"anna\"\npassword_file = \"one\"\n",
                   folder.file("jawort.toml"), {});
  REQUIRE_FALSE(config.ok());
  CHECK_THAT(config.error().message,
             Catch::Matchers::ContainsSubstring("jawort.toml:5: [smtp] password_file: ") &&
                 Catch::Matchers::ContainsSubstring("chmod 600 " + folder.file("one")) &&
                 !Catch::Matchers::ContainsSubstring("geheim"));
}

TEST_CASE("systemd's credentials go before the file, and the environment before them") {
  const testing::TemporaryFolder folder;
  const std::string given = folder.file("credentials");
  std::filesystem::create_directory(given);
  secret_file(given + "/smtp.username", "anna\n", 0400);
  secret_file(given + "/smtp.password", "geheim\n", 0400);
  secret_file(given + "/else.thing", "not ours\n", 0644);
  const std::string file = folder.file("jawort.toml");
  const auto config = parse_config(kLeast, file, {{"CREDENTIALS_DIRECTORY", given}});
  REQUIRE(config.ok());
  CHECK(config->smtp.username == "anna");
  CHECK(config->smtp.password.reveal_text() == "geheim");
  CHECK(config->smtp.tls == TlsPolicy::kRequired);
  CHECK_FALSE(config->holds_secret);
  CHECK(config->keys_folder == folder.file("keys"));

  const auto by_variable = parse_config(
      kLeast, file, {{"CREDENTIALS_DIRECTORY", given}, {"JAWORT_SMTP__PASSWORD", "anderes"}});
  REQUIRE(by_variable.ok());
  CHECK(by_variable->smtp.password.reveal_text() == "anderes");

  // A key folder handed over as a whole: LoadCredential=keys:FOLDER.
  secret_file(given + "/keys_address.key", "", 0400);
  const std::string elsewhere = std::string(kLeast) + "[keys]\ndir = \"elsewhere\"\n";
  CHECK(parse_config(elsewhere, file, {{"CREDENTIALS_DIRECTORY", given}})->keys_folder == given);
  CHECK(parse_config(elsewhere, file, {})->keys_folder == folder.file("elsewhere"));

  std::filesystem::permissions(given + "/smtp.password", std::filesystem::perms(0644));
  const auto open = parse_config(kLeast, file, {{"CREDENTIALS_DIRECTORY", given}});
  REQUIRE_FALSE(open.ok());
  CHECK_THAT(open.error().message, Catch::Matchers::ContainsSubstring("credential smtp.password"));
}

TEST_CASE("only secrets can come from a file") {
  CHECK_THAT(problems(std::string(kLeast) + "[smtp]\nurl_file = \"x\"\n"),
             Catch::Matchers::ContainsSubstring("jawort.toml:4: [smtp] url_file: unknown key"));
}

TEST_CASE("a secret never stands in a message") {
  const std::string text = problems(std::string(kLeast) +
                                    "[smtp]\npassword = \"ge\\u0007heim\"\nurl = "
                                    "\"smtp://anna:streng@mail.example\"\ntls = \"none\"\n");
  CHECK_THAT(text, !Catch::Matchers::ContainsSubstring("heim"));
  CHECK_THAT(text, !Catch::Matchers::ContainsSubstring("streng"));
}

TEST_CASE("all problems come at once, in the order of the file") {
  const std::string text = problems("[smtp]\nurl = 1\n[log]\nlevel = 2\n[server]\nlisten = 3\n");
  const std::size_t url = text.find("jawort.toml:2: [smtp] url");
  const std::size_t level = text.find("jawort.toml:4: [log] level");
  const std::size_t listen = text.find("jawort.toml:6: [server] listen");
  const std::size_t from = text.find("jawort.toml: [mail] from: is missing");
  CHECK(url < level);
  CHECK(level < listen);
  CHECK(listen < from);
  CHECK(from != std::string::npos);
}

TEST_CASE("a public URL is needed where the listener is not on loopback") {
  CHECK_THAT(problems(std::string(kLeast) + "[server]\nlisten = \"0.0.0.0:80\"\n"),
             Catch::Matchers::ContainsSubstring("[server] public_url: is missing"));
  const Config any_port = parsed(std::string(kLeast) + "[server]\nlisten = \"127.0.0.1:0\"\n");
  CHECK(any_port.server.public_url.empty());
}

TEST_CASE("the configuration is looked for") {
  const testing::TemporaryFolder folder;
  const auto none = find_config(folder.file("nowhere.toml"));
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().kind == ErrorKind::kConfiguration);
  std::ofstream(folder.file("own.toml")) << kLeast;
  const auto own = find_config(folder.file("own.toml"));
  REQUIRE(own.ok());
  CHECK(load_config(*own, {}).ok());
  const auto is_folder = load_config(folder.path(), {});
  REQUIRE_FALSE(is_folder.ok());
  CHECK(is_folder.error().kind == ErrorKind::kConfiguration);
}

TEST_CASE("the mailbox of the demo") {
  const Config config = parsed(std::string(kLeast) + "[smtp]\nurl = \"mailbox:mails\"\n");
  CHECK(config.smtp.mailbox_folder == "/srv/jawort/mails");
}

}  // namespace
}  // namespace jawort
