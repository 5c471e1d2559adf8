// The demo's mailbox: mails end as files in a folder instead of on a mail server.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/mail/transport.h"

namespace jawort {

// Thread-safe.
class DemoMailbox {
 public:
  // `clock` outlives the mailbox.
  DemoMailbox(std::string folder, const Clock& clock) : folder_(std::move(folder)), clock_(clock) {}

  // Files the message with Return-Path and Delivered-To (RFC 5321 §4.4) above it; durable on
  // return.
  Status deliver(const Envelope& envelope, std::string_view message);
  // Names of the mails, newest first, at most `limit`.
  std::vector<std::string> list(std::size_t limit) const;
  // kNotFound, also for a name that list() does not give.
  Result<std::string> read(std::string_view name) const;

 private:
  const std::string folder_;
  const Clock& clock_;
  std::atomic<int> delivered_{0};
};

// `mailbox` outlives the transport.
std::unique_ptr<MailTransport> make_mailbox_transport(DemoMailbox& mailbox);

}  // namespace jawort
