// From the last SMTP reply and libcurl's result to a verdict. A pure table, tested line by line.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/mail/transport.h"

namespace jawort {

// How far a conversation had come when it ended.
enum class SmtpStage : std::uint8_t {
  kConnect,    // connection, greeting, EHLO
  kTls,        // STARTTLS and the handshake
  kLogin,      // AUTH
  kSender,     // MAIL: a refusal is about us
  kRecipient,  // RCPT: a refusal is about the person's address, unless it says otherwise
  kData,       // DATA, and the message up to its last bytes
  kFinalDot,   // the last bytes were handed over
};

// `code` 0: the connection ended without a reply.
Verdict judge_reply(SmtpStage stage, int code, std::string_view enhanced, std::string_view text);
// RFC 3463 status code after the reply code: "5.1.1" from "550 5.1.1 No such user"; empty if none.
std::string_view enhanced_status(std::string_view reply_line);

}  // namespace jawort
