// The way a mail leaves the house. One real side (SMTP by libcurl), one that files into the demo's
// mailbox, one in tests that fails the test when a mail goes where it may not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace jawort {

struct Envelope {
  std::string sender;     // MAIL FROM, passes safe_envelope_address
  std::string recipient;  // RCPT TO, exactly one, passes safe_envelope_address
};

// What is known after an attempt.
enum class Verdict : std::uint8_t {
  kAccepted,    // 2yz after the final dot
  kDeferred,    // 4yz, or no connection: nothing was taken, try again later
  kRefused,     // 5yz about this message or recipient: final
  kBadAddress,  // 5yz that says plainly that there is no such mailbox: final for the address
  kOurFault,    // refused for what we are or how we are set up (login, TLS, 5.7.x): try again later
  kUncertain,   // the last bytes may have arrived, the answer did not
  kWithheld,    // before_last_bytes said no: nothing was taken
};
std::string_view name_of(Verdict verdict);

struct Delivery {
  Verdict verdict = Verdict::kDeferred;
  int code = 0;          // SMTP reply code, 0 when there was none
  std::string enhanced;  // RFC 3463 status "5.1.1", or empty
  std::string reply;     // the relay's text, at most 1,000 bytes, valid UTF-8; personal data
  std::string relay;     // host:port that answered
  std::string tls;       // "TLSv1.3", or empty for plain text
  // False: it failed before the recipient was named, so it says nothing about this mail (no
  // connection, greeting, TLS, login or sender refused).
  bool about_mail = true;
  std::string dkim{};  // selectors of the keys that signed it, separated by spaces; or empty
};

// Asked right before the last bytes of a message go out. False: they must not.
using LastBytesGate = std::function<bool()>;

class MailTransport {
 public:
  virtual ~MailTransport() = default;
  // Blocks until the relay's word is known. One thread at a time per object; never retries by
  // itself after `gate` was asked. `message`: RFC 5322 bytes with CRLF lines, 7-bit; what carries
  // transport signatures is made by signing_transport.h.
  virtual Delivery send(const Envelope& envelope, std::string_view message,
                        const LastBytesGate& gate) = 0;
};

// Makes one transport per sender thread.
using TransportFactory = std::function<std::unique_ptr<MailTransport>()>;

}  // namespace jawort
