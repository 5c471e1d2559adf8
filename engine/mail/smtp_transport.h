// SMTP submission by libcurl: one easy handle, kept connection, thrown away after any error so that
// a late reply is never charged to the next message.
#pragma once

#include <memory>
#include <string>

#include "engine/base/secret.h"
#include "engine/mail/transport.h"

namespace jawort {

enum class TlsPolicy : std::uint8_t { kRequired, kOpportunistic, kNone };

struct SmtpSettings {
  std::string url;  // smtp://host[:port] or smtps://host[:port], already checked
  std::string username;
  Secret password;
  TlsPolicy tls = TlsPolicy::kOpportunistic;
  std::string helo;     // the name we greet with
  std::string ca_file;  // empty: the system's certificates
  // Until the first MAIL: connection, greeting, TLS and login. A relay that is slower counts as
  // down. Then RFC 5321 §4.5.3.2: ten minutes after the dot, and no less before it.
  long connect_timeout_seconds = 30;
  long reply_timeout_seconds = 600;
};

// `settings` outlives the transport.
std::unique_ptr<MailTransport> make_smtp_transport(const SmtpSettings& settings);

struct SmtpProbe {
  bool connected = false, tls = false, authenticated = false, bad_certificate = false;
  std::string detail;
};
// Connects, starts TLS, logs in, sends NOOP: for `jawort check`. Sends no mail.
SmtpProbe probe_smtp(const SmtpSettings& settings);

}  // namespace jawort
