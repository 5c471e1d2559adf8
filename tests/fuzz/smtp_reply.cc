// One conversation as lines: "C MAIL FROM:<…>" is said by us, "D" the last bytes, "N" and "O" begin
// a message and open a connection; everything else is said by the relay.
#include "engine/mail/smtp_reply.h"

#include <algorithm>
#include <tuple>

#include "engine/base/text.h"
#include "engine/mail/smtp_conversation.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

auto known(const SmtpConversation& talk) {
  return std::tuple(talk.stage(), talk.answered(), talk.code(), talk.enhanced(), talk.text(),
                    talk.greeted(), talk.encrypted(), talk.authenticated(), talk.opened());
}

// `piece`: bytes of a reply per call.
auto hold(std::string_view bytes, std::size_t piece) {
  SmtpConversation talk(false);
  talk.message_begins();
  talk.connection_opened();
  Input input(bytes);
  while (!input.empty()) {
    std::string line(input.line());
    if (line.starts_with("C ")) {
      talk.command_sent(line.substr(2));
    } else if (line == "D") {
      talk.last_bytes_handed_over();
    } else if (line == "N") {
      talk.message_begins();
    } else if (line == "O") {
      talk.connection_opened();
    } else {
      line += '\n';
      for (std::size_t at = 0; at < line.size(); at += piece) {
        talk.reply_received(std::string_view(line).substr(at, piece));
      }
    }
  }
  return talk;
}

void check_verdict(SmtpStage stage, int code, const std::string& enhanced,
                   const std::string& text) {
  const Verdict verdict = judge_reply(stage, code, enhanced, text);
  promise(!name_of(verdict).empty() && verdict != Verdict::kWithheld, "every reply has a verdict");
  const bool dot = stage == SmtpStage::kFinalDot;
  promise(verdict != Verdict::kAccepted || (dot && code / 100 == 2), "accepted: 2yz to the dot");
  const bool final_answer = code >= 400 && code <= 599;
  promise(verdict != Verdict::kUncertain || (dot && !final_answer), "uncertain: only after it");
  promise(verdict != Verdict::kRefused || code / 100 == 5, "refused: 5yz only");
  promise(!(dot && code == 0) || verdict == Verdict::kUncertain, "no answer to the dot: uncertain");
}

void smtp_reply(std::string_view bytes) {
  const SmtpConversation talk = hold(bytes, bytes.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    promise(known(hold(bytes, piece)) == known(talk), "the pieces of a reply do not matter");
  }
  promise(talk.text().size() <= 1000 && !has_control_characters(talk.text(), false) &&
              talk.text().find('\t') == std::string::npos,
          "a reply is fit for the record");
  promise(talk.answered() || talk.code() == 0, "no code without an answer");
  promise(talk.code() >= 0 && talk.code() <= 999, "a code of three digits");
  for (int stage = 0; stage <= static_cast<int>(SmtpStage::kFinalDot); ++stage) {
    check_verdict(static_cast<SmtpStage>(stage), talk.code(), talk.enhanced(), talk.text());
  }
  const std::string_view status = enhanced_status(bytes);
  promise(status.empty() || std::ranges::count(status, '.') == 2, "a status has three numbers");
  const std::string printable = printable_reply(bytes);
  promise(printable_reply(printable) == printable, "what is printable stays as it is");
}

const Registration registered("smtp_reply", smtp_reply);

}  // namespace
}  // namespace jawort::fuzz
