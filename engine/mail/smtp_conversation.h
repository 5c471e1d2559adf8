// Follows one SMTP connection by the lines that go out and come in, so that a reply is known with
// the command it answers. Holds no line that went out: login lines carry the password.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/mail/smtp_reply.h"

namespace jawort {

// One thread at a time.
class SmtpConversation {
 public:
  // `tls_from_start`: smtps://, RFC 8314 §3.3.
  explicit SmtpConversation(bool tls_from_start) : tls_from_start_(tls_from_start) {}

  // A new TCP connection: what the last one had agreed on is forgotten.
  void connection_opened();
  // A message starts, on a kept connection or before a new one is opened.
  void message_begins();
  // Exactly one command, or one further line of a login.
  void command_sent(std::string_view line);
  // Bytes of replies, in any pieces.
  void reply_received(std::string_view bytes);
  void tls_agreed(std::string_view version) { tls_version_ = version; }
  // From here on the relay may have the whole message.
  void last_bytes_handed_over();

  bool opened() const { return opened_; }        // a connection since message_begins()
  bool greeted() const { return greeted_; }      // the relay said 220
  bool encrypted() const { return encrypted_; }  // by STARTTLS or from the start
  bool authenticated() const { return authenticated_; }
  const std::string& tls_version() const { return tls_version_; }
  SmtpStage stage() const { return stage_; }
  // The whole reply to the last command is there; `code`, `enhanced` and `text` tell it.
  bool answered() const { return answered_; }
  int code() const { return answered_ ? code_ : 0; }
  const std::string& enhanced() const { return enhanced_; }
  // "550 5.1.1 No such user here": code, status, and the text of all lines. At most 1,000 bytes,
  // valid UTF-8, no control characters; empty until the reply is whole.
  const std::string& text() const { return text_; }

 private:
  void await_reply(SmtpStage stage);
  void reply_line(std::string_view line);
  void reply_complete();

  const bool tls_from_start_;
  bool opened_ = false, greeted_ = false, encrypted_ = false, authenticated_ = false;
  bool starting_tls_ = false;  // STARTTLS is the last command
  bool over_ = false;          // QUIT was said: what follows is about no message
  bool answered_ = false;
  SmtpStage stage_ = SmtpStage::kConnect;
  int code_ = 0;
  std::string tls_version_, enhanced_, text_;
  std::string unfinished_;  // lines of a reply of which the last has not come yet
  std::string partial_;     // a line of which the end has not come yet
};

// For the record: invalid UTF-8 becomes U+FFFD, control characters become spaces, and it is cut at
// 1,000 bytes between two code points.
std::string printable_reply(std::string_view bytes);

}  // namespace jawort
