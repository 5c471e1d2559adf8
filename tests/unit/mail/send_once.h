// Settings for the scripted server, and one mail through them.
#pragma once

#include <string>
#include <string_view>

#include "engine/mail/smtp_transport.h"
#include "tests/support/smtp/scripted_server.h"

namespace jawort::testing {

inline const Envelope kEnvelope{"bounce@shop.example", "anna@person.example"};
inline const std::string kMessage =
    "From: <news@shop.example>\r\nSubject: one\r\n\r\nhello\r\n.\r\n..two dots\r\nend\r\n";

inline SmtpSettings settings_for(const ScriptedServer& server, TlsPolicy tls = TlsPolicy::kNone) {
  SmtpSettings settings;
  settings.url = server.url();
  settings.tls = tls;
  settings.helo = "sender.shop.example";
  settings.connect_timeout_seconds = 5;
  settings.reply_timeout_seconds = 5;
  return settings;
}

inline SmtpSettings login_settings(const ScriptedServer& server,
                                   std::string_view password = "secret") {
  SmtpSettings settings = settings_for(server, TlsPolicy::kRequired);
  settings.username = "user";
  settings.password = Secret(password);
  settings.ca_file = ScriptedServer::ca_file();
  return settings;
}

// A gate that counts how often it was asked.
struct Gate {
  explicit Gate(bool answer = true) : says([this, answer] { return ++asked, answer; }) {}
  int asked = 0;
  LastBytesGate says;
};

struct Sent {
  Delivery delivery;
  int gate_asked = 0;
};

inline Sent send_once(MailTransport& transport, std::string_view message = kMessage) {
  Gate gate;
  Sent sent{transport.send(kEnvelope, message, gate.says), 0};
  sent.gate_asked = gate.asked;
  return sent;
}

inline Sent send_once(const SmtpSettings& settings) {
  return send_once(*make_smtp_transport(settings));
}

}  // namespace jawort::testing
