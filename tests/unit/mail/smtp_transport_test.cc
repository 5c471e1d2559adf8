#include "engine/mail/smtp_transport.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/smtp/scripted_server.h"
#include "tests/unit/mail/send_once.h"

namespace jawort {
namespace {

using testing::Gate;
using testing::kEnvelope;
using testing::kMessage;
using testing::login_settings;
using testing::ScriptedServer;
using testing::send_once;
using testing::Sent;
using testing::settings_for;
using enum Verdict;

TEST_CASE("a mail arrives byte for byte, with its envelope") {
  const ScriptedServer server;
  const SmtpSettings settings = settings_for(server);
  const Sent sent = send_once(settings);
  CHECK(name_of(sent.delivery.verdict) == "accepted");
  CHECK(sent.delivery.code == 250);
  CHECK(sent.delivery.enhanced == "2.0.0");
  CHECK(sent.delivery.reply == "250 2.0.0 queued as 1");
  CHECK(sent.delivery.relay == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(sent.delivery.tls.empty());
  CHECK(sent.gate_asked == 1);
  const auto messages = server.messages();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].sender == kEnvelope.sender);
  CHECK(messages[0].recipient == kEnvelope.recipient);
  CHECK(messages[0].helo == "sender.shop.example");
  CHECK(messages[0].data == kMessage);
}

TEST_CASE("messages of any size arrive whole") {
  const ScriptedServer server;
  const SmtpSettings settings = settings_for(server);
  const auto transport = make_smtp_transport(settings);
  std::vector<std::string> expected;
  for (const std::size_t size :
       {70UL, 16384UL, 65534UL, 65535UL, 65536UL, 65537UL, 131072UL, 300001UL}) {
    std::string message = "Subject: x\r\n\r\n";
    while (message.size() + 80 < size) message += ".dots in front and behind .\r\n";
    message += std::string(size - message.size() - 2, 'z') + "\r\n";
    CHECK(send_once(*transport, message).delivery.verdict == kAccepted);
    expected.push_back(std::move(message));
  }
  const auto messages = server.messages();
  REQUIRE(messages.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK((messages[i].data == expected[i]));
  }
  CHECK(server.events("connect").size() == 1);
}

TEST_CASE("each refusal has its verdict, and says nothing of a message") {
  struct Row {
    std::string rule;
    Verdict verdict;
    int code;
    std::string_view enhanced;
  };
  const std::vector<Row> rows{
      {"CONNECT 421 4.3.2 not now", kDeferred, 421, "4.3.2"},
      {"CONNECT 554 no service for you", kOurFault, 554, ""},
      {"MAIL 450 4.1.8 sender domain not resolved", kDeferred, 450, "4.1.8"},
      {"MAIL 553 5.7.1 not your address", kOurFault, 553, "5.7.1"},
      {"RCPT 450 4.2.0 greylisted", kDeferred, 450, "4.2.0"},
      {"RCPT 550 5.1.1 no such user", kBadAddress, 550, "5.1.1"},
      {"RCPT 550 5.7.1 relaying denied", kOurFault, 550, "5.7.1"},
      {"RCPT 552 5.2.2 mailbox full", kDeferred, 552, "5.2.2"},
      {"RCPT 421 4.4.5 busy", kDeferred, 421, "4.4.5"},
      {"DATA 451 4.3.0 disk", kDeferred, 451, "4.3.0"},
      {"DATA 554 5.5.1 no valid recipients", kOurFault, 554, "5.5.1"},
      {"DOT 451 4.3.0 disk", kDeferred, 451, "4.3.0"},
      {"DOT 554 5.6.0 content", kRefused, 554, "5.6.0"},
      {"DOT 550 5.7.1 looks like spam", kOurFault, 550, "5.7.1"},
      {"DOT 251 fine as well", kAccepted, 251, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    const ScriptedServer server({"--rule", row.rule});
    const SmtpSettings settings = settings_for(server);
    const auto transport = make_smtp_transport(settings);
    const Sent sent = send_once(*transport);
    CHECK(name_of(sent.delivery.verdict) == name_of(row.verdict));
    CHECK(sent.delivery.code == row.code);
    CHECK(sent.delivery.enhanced == row.enhanced);
    CHECK(sent.delivery.reply.starts_with(std::to_string(row.code) + " "));
    CHECK(sent.gate_asked == (row.rule.starts_with("DOT") ? 1 : 0));
    // The same transport goes on as if nothing had been.
    const Sent next = send_once(*transport);
    CHECK(name_of(next.delivery.verdict) == "accepted");
    CHECK(next.delivery.reply.find("queued as") != std::string::npos);
  }
}

TEST_CASE("all lines of a reply are kept, in valid UTF-8") {
  const ScriptedServer server({"--rule",
                               "RCPT raw 550-5.1.1 The account\\r\\n550-5.1.1 of "
                               "\xff\xfe\x01\\r\\n550 5.1.1 is gone\\r\\n"});
  const SmtpSettings settings = settings_for(server);
  const Sent sent = send_once(settings);
  CHECK(sent.delivery.verdict == kBadAddress);
  CHECK(valid_utf8(sent.delivery.reply));
  CHECK(sent.delivery.reply.starts_with("550 5.1.1 The account of "));
  CHECK(sent.delivery.reply.ends_with(" is gone"));
}

TEST_CASE("a connection that ends says whether the mail may have gone") {
  struct Row {
    std::string rule;
    Verdict verdict;
    int gate_asked;
  };
  const std::vector<Row> rows{
      {"CONNECT drop", kDeferred, 0}, {"EHLO drop", kDeferred, 0},
      {"MAIL drop", kDeferred, 0},    {"RCPT drop", kDeferred, 0},
      {"DATA drop", kDeferred, 0},    {"DATA drop-now", kUncertain, 1},
      {"DOT drop", kUncertain, 1},    {"EHLO 421 4.3.2 not now", kDeferred, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    const ScriptedServer server({"--rule", row.rule});
    const SmtpSettings settings = settings_for(server);
    const auto transport = make_smtp_transport(settings);
    const Sent sent = send_once(*transport);
    CHECK(name_of(sent.delivery.verdict) == name_of(row.verdict));
    CHECK(sent.delivery.code == 0);
    CHECK_FALSE(sent.delivery.reply.empty());
    CHECK(sent.gate_asked == row.gate_asked);
    CHECK(send_once(*transport).delivery.verdict == kAccepted);
  }
}

TEST_CASE("a message cut off before its last bytes is not uncertain") {
  const ScriptedServer server({"--rule", "DATA drop-now"});
  const SmtpSettings settings = settings_for(server);
  std::string message = "Subject: long\r\n\r\n";
  while (message.size() < 8'000'000) message += std::string(70, 'a') + "\r\n";
  const Sent sent = send_once(*make_smtp_transport(settings), message);
  CHECK(sent.gate_asked == 0);
  CHECK(name_of(sent.delivery.verdict) == "deferred");
}

TEST_CASE("nobody listens, or nobody says anything") {
  SmtpSettings settings;
  {
    const ScriptedServer gone;
    settings = settings_for(gone);
  }
  const Sent refused = send_once(settings);
  CHECK(refused.delivery.verdict == kDeferred);
  CHECK(refused.delivery.relay.empty());
  CHECK(refused.delivery.code == 0);
  CHECK_FALSE(refused.delivery.reply.empty());

  const ScriptedServer deaf({"--rule", "CONNECT* deaf"});
  settings = settings_for(deaf);
  settings.connect_timeout_seconds = 1;
  const Sent silent = send_once(settings);
  CHECK(silent.delivery.verdict == kDeferred);
  CHECK(silent.gate_asked == 0);

  settings.url = "smtp://no-such-host.invalid:25";
  CHECK(send_once(settings).delivery.verdict == kDeferred);
}

TEST_CASE("a late reply is never charged to the next message", "[long]") {
  const ScriptedServer server({"--rule", "DOT delay 2 554 5.1.1 late and about the first"});
  SmtpSettings settings = settings_for(server);
  settings.reply_timeout_seconds = 1;
  const auto transport = make_smtp_transport(settings);
  const Sent first = send_once(*transport);
  CHECK(first.delivery.verdict == kUncertain);
  CHECK(first.delivery.code == 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // the late reply is on its way now
  const Sent second = send_once(*transport);
  CHECK(second.delivery.verdict == kAccepted);
  CHECK(server.messages().size() == 2);
  CHECK(server.events("connect").size() == 2);
}

TEST_CASE("a slow reply to the dot is waited for") {
  const ScriptedServer server({"--rule", "DOT delay 0.7 250 2.0.0 in the end"});
  const SmtpSettings settings = settings_for(server);
  const auto begin = std::chrono::steady_clock::now();
  const Sent sent = send_once(settings);
  CHECK(sent.delivery.verdict == kAccepted);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(700));
}

TEST_CASE("the connection is kept for the next message") {
  const ScriptedServer server({"--tls", "starttls", "--auth", "PLAIN"});
  const SmtpSettings settings = login_settings(server);
  const auto transport = make_smtp_transport(settings);
  for (int i = 0; i < 5; ++i) CHECK(send_once(*transport).delivery.verdict == kAccepted);
  CHECK(server.events("connect").size() == 1);
  CHECK(server.events("auth").size() == 1);
  CHECK(server.messages().size() == 5);
  CHECK(server.messages()[4].auth == "user");
}

TEST_CASE("a kept connection that the relay gave up is replaced once") {
  const std::string rule =
      GENERATE("REUSE 421 4.4.2 too long idle", "REUSE drop", "IDLE 421 4.4.2 bye", "IDLE drop");
  CAPTURE(rule);
  const ScriptedServer server({"--rule", rule});
  const SmtpSettings settings = settings_for(server);
  const auto transport = make_smtp_transport(settings);
  CHECK(send_once(*transport).delivery.verdict == kAccepted);
  const Sent second = send_once(*transport);
  CHECK(name_of(second.delivery.verdict) == "accepted");
  CHECK(second.gate_asked == 1);
  CHECK(server.messages().size() == 2);
  CHECK(server.events("connect").size() == 2);
}

TEST_CASE("there is one new connection, and none after the gate was asked") {
  SECTION("the new one is given up as well") {
    const ScriptedServer server({"--rule", "REUSE 421 4.4.2 idle", "--rule", "MAIL ok", "--rule",
                                 "MAIL* 421 4.3.2 closing"});
    const SmtpSettings settings = settings_for(server);
    const auto transport = make_smtp_transport(settings);
    CHECK(send_once(*transport).delivery.verdict == kAccepted);
    const Sent second = send_once(*transport);
    CHECK(second.delivery.verdict == kDeferred);
    CHECK(second.delivery.code == 421);
    CHECK(server.events("connect").size() == 2);
  }
  SECTION("the answer to the dot is missing on the kept one") {
    const ScriptedServer server({"--rule", "DOT ok", "--rule", "DOT drop"});
    const SmtpSettings settings = settings_for(server);
    const auto transport = make_smtp_transport(settings);
    CHECK(send_once(*transport).delivery.verdict == kAccepted);
    const Sent second = send_once(*transport);
    CHECK(second.delivery.verdict == kUncertain);
    CHECK(second.gate_asked == 1);
    CHECK(server.messages().size() == 2);
    CHECK(server.events("connect").size() == 1);
  }
  SECTION("421 to the dot on the kept one is an answer") {
    const ScriptedServer server({"--rule", "DOT ok", "--rule", "DOT 421 4.3.0 closing"});
    const SmtpSettings settings = settings_for(server);
    const auto transport = make_smtp_transport(settings);
    CHECK(send_once(*transport).delivery.verdict == kAccepted);
    CHECK(send_once(*transport).delivery.verdict == kDeferred);
    CHECK(server.messages().size() == 2);
  }
}

TEST_CASE("what the gate withholds never becomes a message") {
  const std::size_t size = GENERATE(100UL, 65536UL, 400000UL);
  CAPTURE(size);
  const ScriptedServer server;
  const SmtpSettings settings = settings_for(server);
  const auto transport = make_smtp_transport(settings);
  std::string message = "Subject: x\r\n\r\n";
  while (message.size() < size) message += "line\r\n";
  message += "the last words\r\n";
  Gate gate(false);
  const auto begin = std::chrono::steady_clock::now();
  const Delivery delivery = transport->send(kEnvelope, message, gate.says);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));  // no wait for a QUIT
  CHECK(delivery.verdict == kWithheld);
  CHECK(gate.asked == 1);
  CHECK(send_once(*transport).delivery.verdict == kAccepted);
  REQUIRE(server.messages().size() == 1);
  CHECK(server.messages()[0].data == kMessage);
  const LastBytesGate throws = []() -> bool { throw std::runtime_error("no answer"); };
  CHECK(transport->send(kEnvelope, kMessage, throws).verdict == kWithheld);
  CHECK(server.messages().size() == 1);
  for (const auto& event : server.events("partial")) {
    const auto bytes = from_base64(event["data"].get<std::string>());
    CHECK(as_text(*bytes).find("the last words") == std::string_view::npos);
  }
}

TEST_CASE("unsafe envelopes and malformed messages never reach the relay") {
  const ScriptedServer server;
  const SmtpSettings settings = settings_for(server);
  const auto transport = make_smtp_transport(settings);
  Gate gate;
  for (const std::string_view bad :
       {"", "a", "a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example\n", "<a@b.example>",
        "a@b.example>\r\nDATA", "a b@c.example", "ä@b.example", "a@b@c.example",
        "a@b.example SIZE=1"}) {
    CAPTURE(bad);
    CHECK(transport->send({std::string(bad), "a@b.example"}, kMessage, gate.says).verdict ==
          kRefused);
    CHECK(transport->send({"a@b.example", std::string(bad)}, kMessage, gate.says).verdict ==
          kRefused);
  }
  using namespace std::string_view_literals;
  for (const std::string_view bad :
       {""sv, "Subject: x"sv, "Subject: x\n\ntext\n"sv, "Subject: x\r\n\r\na\n.\nb\r\n"sv,
        "a\r.\rb\r\n"sv, "a\r\n\r\n\xc3\xa4\r\n"sv, "a\r\n\0\r\n"sv, "a\r\r\n"sv}) {
    CHECK(transport->send(kEnvelope, bad, gate.says).verdict == kRefused);
  }
  CHECK(gate.asked == 0);
  CHECK(server.events().empty());
}

TEST_CASE("going away says QUIT and does not wait for a relay that is silent") {
  const bool tls = GENERATE(false, true);
  std::vector<std::string> options{"--rule", "QUIT* deaf"};
  if (tls) options.insert(options.end(), {"--tls", "starttls", "--auth", "PLAIN"});
  const ScriptedServer server(options);
  SmtpSettings settings = tls ? login_settings(server) : settings_for(server);
  settings.reply_timeout_seconds = 60;
  auto transport = make_smtp_transport(settings);
  CHECK(send_once(*transport).delivery.verdict == kAccepted);
  const auto begin = std::chrono::steady_clock::now();
  transport.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  while (server.events("close").empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(server.lines_with("QUIT") == 1);
}

}  // namespace
}  // namespace jawort
