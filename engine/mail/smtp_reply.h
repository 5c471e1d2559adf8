// From the last SMTP reply and libcurl's result to a verdict. A pure table, tested line by line.
#pragma once

#include <string_view>

#include "engine/mail/transport.h"

namespace jawort {

// How far a conversation had come when it ended.
enum class SmtpStage : std::uint8_t { kConnect, kTls, kLogin, kEnvelope, kData, kFinalDot };

// `code` 0: the connection ended without a reply.
Verdict judge_reply(SmtpStage stage, int code, std::string_view enhanced, std::string_view text);
// RFC 3463 status code after the reply code: "5.1.1" from "550 5.1.1 No such user"; empty if none.
std::string_view enhanced_status(std::string_view reply_line);

}  // namespace jawort
