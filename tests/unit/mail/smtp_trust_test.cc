// Whom the transport trusts with a password and a mail: TLS, certificates, login; and the probe.
#include "engine/mail/smtp_transport.h"
#include "tests/support/catch.h"
#include "tests/support/smtp/scripted_server.h"
#include "tests/unit/mail/send_once.h"

namespace jawort {
namespace {

using testing::login_settings;
using testing::ScriptedServer;
using testing::send_once;
using testing::Sent;
using testing::settings_for;
using enum Verdict;

TEST_CASE("with a password, TLS is verified and the login happens") {
  const std::string mechanism = GENERATE("PLAIN", "LOGIN", "PLAIN,LOGIN", "NTLM,GSSAPI,PLAIN");
  const ScriptedServer server({"--tls", "starttls", "--auth", mechanism, "--require-auth"});
  const Sent sent = send_once(login_settings(server));
  CHECK(name_of(sent.delivery.verdict) == "accepted");
  CHECK(sent.delivery.tls.starts_with("TLSv1."));
  REQUIRE(server.messages().size() == 1);
  CHECK(server.messages()[0].auth == "user");
  CHECK(server.messages()[0].tls == sent.delivery.tls);
}

TEST_CASE("TLS from the start") {
  const ScriptedServer server({"--tls", "implicit", "--auth", "PLAIN"});
  SmtpSettings settings = login_settings(server);
  settings.url = server.url("smtps", GENERATE("127.0.0.1", "localhost"));
  const Sent sent = send_once(settings);
  CHECK(name_of(sent.delivery.verdict) == "accepted");
  CHECK(sent.delivery.tls.starts_with("TLSv1."));
  CHECK(server.lines_with("STARTTLS") == 0);
}

// Nothing of a login and nothing of a mail has reached a server that we must not trust.
void check_nothing_told(const ScriptedServer& server, const Sent& sent) {
  CHECK(name_of(sent.delivery.verdict) == "our_fault");
  CHECK(sent.gate_asked == 0);
  CHECK_FALSE(sent.delivery.reply.empty());
  CHECK(sent.delivery.reply.find("secret") == std::string::npos);
  CHECK(server.lines_with("AUTH") == 0);
  CHECK(server.lines_with("MAIL") == 0);
  CHECK(server.events("message").empty());
  CHECK(server.events("partial").empty());
}

TEST_CASE("with a password, nothing goes to a relay that we cannot trust") {
  using Options = std::vector<std::string>;
  const Options options = GENERATE(
      Options{"--auth", "PLAIN", "--auth-in-clear"},  // no STARTTLS at all
      Options{"--tls", "starttls", "--auth", "PLAIN", "--auth-in-clear", "--rule",
              "STARTTLS* 454 4.7.0 later"},
      Options{"--tls", "starttls", "--auth", "PLAIN", "--certificate", "wrong-name"},
      Options{"--tls", "starttls", "--auth", "PLAIN", "--certificate", "expired"},
      Options{"--tls", "starttls", "--auth", "PLAIN", "--certificate", "stranger"},
      Options{"--tls", "starttls", "--auth", "PLAIN", "--rule", "STARTTLS* inject 250 AUTH PLAIN"},
      Options{"--auth", "PLAIN", "--auth-in-clear", "--rule", "EHLO* 502 5.5.1 what"});
  CAPTURE(options);
  const ScriptedServer server(options);
  SmtpSettings settings = login_settings(server);
  // A password outweighs a weaker policy.
  settings.tls = GENERATE(TlsPolicy::kRequired, TlsPolicy::kOpportunistic, TlsPolicy::kNone);
  const Sent sent = send_once(settings);
  if (options.back() == "STARTTLS* 454 4.7.0 later") {
    CHECK(sent.delivery.verdict == kDeferred);
    CHECK(sent.delivery.code == 454);
    CHECK(server.lines_with("AUTH") + server.lines_with("MAIL") == 0);
  } else {
    check_nothing_told(server, sent);
  }
}

TEST_CASE("wrong certificates are refused under smtps too") {
  const std::string certificate = GENERATE("wrong-name", "expired", "stranger");
  const ScriptedServer server(
      {"--tls", "implicit", "--auth", "PLAIN", "--certificate", certificate});
  SmtpSettings settings = login_settings(server);
  settings.url = server.url("smtps");
  check_nothing_told(server, send_once(settings));
  // Also without a password, and whatever the policy: smtps says whom one wants to talk to.
  settings.password = Secret();
  settings.tls = TlsPolicy::kOpportunistic;
  check_nothing_told(server, send_once(settings));
}

TEST_CASE("a relay that offers no login gets no mail when a password is set") {
  using Options = std::vector<std::string>;
  const Options options = GENERATE(Options{"--tls", "starttls"}, Options{"--tls", "implicit"},
                                   Options{"--tls", "starttls", "--auth", "NTLM,GSSAPI"},
                                   Options{"--tls", "implicit", "--rule", "EHLO* 502 5.5.1 what"});
  CAPTURE(options);
  const ScriptedServer server(options);
  SmtpSettings settings = login_settings(server);
  if (options[1] == "implicit") settings.url = server.url("smtps");
  check_nothing_told(server, send_once(settings));
  CHECK(server.events("tls").size() == 1);
}

TEST_CASE("a wrong password is our fault") {
  const ScriptedServer server({"--tls", "starttls", "--auth", "PLAIN,LOGIN"});
  const Sent sent = send_once(login_settings(server, "wrong"));
  CHECK(name_of(sent.delivery.verdict) == "our_fault");
  CHECK(sent.delivery.code == 535);
  CHECK(sent.delivery.enhanced == "5.7.8");
  CHECK(server.lines_with("MAIL") == 0);
}

TEST_CASE("required TLS without a password") {
  SECTION("sends when the certificate is right") {
    const ScriptedServer server({"--tls", "starttls", "--require-tls"});
    SmtpSettings settings = settings_for(server, TlsPolicy::kRequired);
    settings.ca_file = ScriptedServer::ca_file();
    CHECK(send_once(settings).delivery.verdict == kAccepted);
    CHECK_FALSE(server.messages().at(0).tls.empty());
  }
  SECTION("not in the clear") {
    const ScriptedServer server;
    check_nothing_told(server, send_once(settings_for(server, TlsPolicy::kRequired)));
  }
  SECTION("not with the system's certificates only") {
    const ScriptedServer server({"--tls", "starttls"});
    check_nothing_told(server, send_once(settings_for(server, TlsPolicy::kRequired)));
  }
}

TEST_CASE("opportunistic TLS takes what there is") {
  SECTION("any certificate") {
    const std::string certificate = GENERATE("wrong-name", "expired", "stranger");
    const ScriptedServer server({"--tls", "starttls", "--certificate", certificate});
    const Sent sent = send_once(settings_for(server, TlsPolicy::kOpportunistic));
    CHECK(sent.delivery.verdict == kAccepted);
    CHECK_FALSE(server.messages().at(0).tls.empty());
  }
  SECTION("no encryption") {
    const ScriptedServer server;
    const Sent sent = send_once(settings_for(server, TlsPolicy::kOpportunistic));
    CHECK(sent.delivery.verdict == kAccepted);
    CHECK(sent.delivery.tls.empty());
  }
  SECTION("none wanted") {
    const ScriptedServer server({"--tls", "starttls"});
    CHECK(send_once(settings_for(server, TlsPolicy::kNone)).delivery.verdict == kAccepted);
    CHECK(server.lines_with("STARTTLS") == 0);
  }
}

TEST_CASE("a new connection logs in again before it carries the next message") {
  const ScriptedServer server({"--tls", "starttls", "--auth", "PLAIN", "--rule", "IDLE drop"});
  const SmtpSettings settings = login_settings(server);
  const auto transport = make_smtp_transport(settings);
  CHECK(send_once(*transport).delivery.verdict == kAccepted);
  CHECK(send_once(*transport).delivery.verdict == kAccepted);
  CHECK(server.events("auth").size() == 2);
  CHECK(server.messages().at(1).auth == "user");
}

TEST_CASE("the doctor's probe says how far it came and sends nothing") {
  SECTION("all well") {
    const ScriptedServer server({"--tls", "starttls", "--auth", "PLAIN"});
    const SmtpProbe probe = probe_smtp(login_settings(server));
    CHECK((probe.connected && probe.tls && probe.authenticated));
    CHECK(probe.detail == "250 2.0.0 ok");
    CHECK(server.lines_with("NOOP") == 1);
    CHECK(server.lines_with("MAIL") == 0);
  }
  SECTION("plain") {
    const ScriptedServer server;
    const SmtpProbe probe = probe_smtp(settings_for(server));
    CHECK((probe.connected && !probe.tls && !probe.authenticated));
  }
  SECTION("wrong password") {
    const ScriptedServer server({"--tls", "starttls", "--auth", "PLAIN"});
    const SmtpProbe probe = probe_smtp(login_settings(server, "wrong"));
    CHECK((probe.connected && probe.tls && !probe.authenticated));
    CHECK(probe.detail.starts_with("535 5.7.8"));
  }
  SECTION("wrong certificate") {
    const ScriptedServer server(
        {"--tls", "starttls", "--auth", "PLAIN", "--certificate", "expired"});
    const SmtpProbe probe = probe_smtp(login_settings(server));
    CHECK_FALSE(probe.authenticated);
    CHECK(probe.detail.find("certificate") != std::string::npos);
  }
  SECTION("no login offered") {
    const ScriptedServer server({"--tls", "starttls"});
    const SmtpProbe probe = probe_smtp(login_settings(server));
    CHECK((probe.connected && probe.tls && !probe.authenticated));
    CHECK(probe.detail.find("login") != std::string::npos);
  }
  SECTION("nobody there") {
    SmtpSettings settings;
    {
      const ScriptedServer gone;
      settings = settings_for(gone);
    }
    const SmtpProbe probe = probe_smtp(settings);
    CHECK_FALSE(probe.connected);
    CHECK_FALSE(probe.detail.empty());
  }
}

}  // namespace
}  // namespace jawort
