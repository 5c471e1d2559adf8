#include "engine/mail/smtp_conversation.h"

#include <algorithm>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kMaxReply = 1000;
constexpr std::size_t kMaxLine = 4096;  // RFC 5321 §4.5.3.1.5 says 512; some relays say more

bool begins(std::string_view line, std::string_view word) {
  return ascii_equal_ignoring_case(line.substr(0, word.size()), word);
}

// Length of the code point that `text` starts with, 0 when it starts with none.
std::size_t code_point_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (valid_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

}  // namespace

void SmtpConversation::connection_opened() {
  opened_ = true;
  greeted_ = authenticated_ = starting_tls_ = over_ = false;
  encrypted_ = tls_from_start_;
  tls_version_.clear();
  partial_.clear();
  await_reply(SmtpStage::kConnect);
}

void SmtpConversation::message_begins() {
  opened_ = false;
  // Until MAIL goes out nothing is known of this message, whatever the last one was told.
  await_reply(SmtpStage::kConnect);
}

void SmtpConversation::await_reply(SmtpStage stage) {
  stage_ = stage;
  answered_ = false;
  code_ = 0;
  enhanced_.clear();
  text_.clear();
  unfinished_.clear();
}

void SmtpConversation::command_sent(std::string_view line) {
  constexpr int kContinueLogin = 334;
  if (over_ || (stage_ == SmtpStage::kLogin && code() == kContinueLogin)) {
    if (!over_) await_reply(SmtpStage::kLogin);
    return;
  }
  starting_tls_ = begins(line, "STARTTLS");
  if (starting_tls_) return await_reply(SmtpStage::kTls);
  if (begins(line, "AUTH ")) return await_reply(SmtpStage::kLogin);
  if (begins(line, "MAIL ")) return await_reply(SmtpStage::kSender);
  if (begins(line, "RCPT ")) return await_reply(SmtpStage::kRecipient);
  if (begins(line, "DATA")) return await_reply(SmtpStage::kData);
  if (begins(line, "QUIT")) {
    over_ = true;
    return;
  }
  await_reply(SmtpStage::kConnect);  // EHLO, HELO, NOOP
}

void SmtpConversation::last_bytes_handed_over() { await_reply(SmtpStage::kFinalDot); }

void SmtpConversation::reply_received(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    partial_ += bytes.substr(0, std::min(end, kMaxLine - partial_.size()));
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    reply_line(trim_ascii_space(partial_));
    partial_.clear();
  }
}

void SmtpConversation::reply_line(std::string_view line) {
  if (over_ || line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, ascii_digit)) return;
  if (answered_) await_reply(stage_);  // a second reply to one command: the later word counts
  code_ = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (unfinished_.empty()) {
    enhanced_ = enhanced_status(line);
    unfinished_ = line;
  } else if (unfinished_.size() < kMaxReply && line.size() > 4) {
    // Further lines repeat code and status ("550-5.1.1 …"); once is enough.
    std::string_view rest = line.substr(4);
    const std::string_view status = enhanced_status(line);
    if (!status.empty() && status == enhanced_) rest.remove_prefix(status.size());
    unfinished_ += ' ';
    unfinished_ += trim_ascii_space(rest);
  }
  if (line.size() == 3 || line[3] == ' ') reply_complete();
}

void SmtpConversation::reply_complete() {
  answered_ = true;
  if (unfinished_.size() > 3 && unfinished_[3] == '-') unfinished_[3] = ' ';
  text_ = printable_reply(unfinished_);
  if (code_ == 220 && !greeted_) greeted_ = true;
  if (code_ == 220 && starting_tls_) encrypted_ = true;
  if (code_ == 235 && stage_ == SmtpStage::kLogin) authenticated_ = true;
}

std::string printable_reply(std::string_view bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  while (!bytes.empty() && text.size() < kMaxReply) {
    const std::size_t length = code_point_length(bytes);
    const std::string_view piece = bytes.substr(0, std::max<std::size_t>(length, 1));
    bytes.remove_prefix(piece.size());
    if (length == 0) {
      text += kReplacement;
    } else if (piece == "\t" || has_control_characters(piece, false)) {
      text += ' ';
    } else {
      text += piece;
    }
  }
  return std::string(utf8_prefix(text, kMaxReply));
}

}  // namespace jawort
