// A mailbox of others' making that is looked into from time to time: INBOX by IMAP (RFC 3501 and
// 4315), or POP3 (RFC 1939), by libcurl and over TLS alone. What we do not take stays in it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace jawort {

struct MailboxSettings {
  std::string url;  // imaps://host[:port] or pop3s://host[:port], already checked
  std::string username;
  Secret password;
  std::string ca_file;  // empty: the system's certificates
  std::chrono::seconds every{60};
  long connect_timeout_seconds = 30;
};

// Given the bytes of a message, at most 10 MiB of them. True: it was ours and is dealt with, so it
// is deleted. An error: nothing was done with it; it comes again at the next look.
using MailTaker = std::function<Result<bool>(std::string_view message)>;

class MailSource {
 public:
  virtual ~MailSource() = default;
  // Hands over each message that was not seen before; one that was refused (false) is not handed
  // over again by this object. Blocks; one thread at a time. kUnavailable: not to be had now, or
  // `cancelled`, which is asked about once a second, said so.
  virtual Status look(const MailTaker& take, const std::function<bool()>& cancelled) = 0;
};

std::unique_ptr<MailSource> make_mailbox_reader(const MailboxSettings& settings);

// Logs in and counts: for `jawort check`. Takes nothing out.
struct MailboxProbe {
  bool connected = false, bad_certificate = false;
  std::size_t messages = 0;
  std::string problem;  // empty: it works
};
MailboxProbe probe_mailbox(const MailboxSettings& settings);

}  // namespace jawort
