#include "engine/app/demo_mailbox.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sys/stat.h>

#include <dirent.h>

#include "engine/base/file.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::string_view kSuffix = ".eml";
constexpr std::size_t kMailLimit = 4U * 1024U * 1024U;

// Milliseconds and a counter: names sort by time, and cannot lead out of the folder.
bool is_mail_name(std::string_view name) {
  return !name.empty() && name.size() < 64 &&
         std::all_of(name.begin(), name.end(), [](char c) { return ascii_digit(c) || c == '-'; });
}

class MailboxTransport final : public MailTransport {
 public:
  explicit MailboxTransport(DemoMailbox& mailbox) : mailbox_(mailbox) {}

  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override {
    Delivery delivery;
    delivery.relay = "demo mailbox";
    if (!gate()) {
      delivery.verdict = Verdict::kWithheld;
      return delivery;
    }
    const Status filed = mailbox_.deliver(envelope, message);
    delivery.verdict = filed.ok() ? Verdict::kAccepted : Verdict::kDeferred;
    delivery.code = filed.ok() ? 250 : 452;
    delivery.enhanced = filed.ok() ? "2.0.0" : "4.3.1";
    delivery.reply = filed.ok() ? "250 2.0.0 kept in the demo's mailbox"
                                : "452 4.3.1 the demo's mailbox cannot be written";
    return delivery;
  }

 private:
  DemoMailbox& mailbox_;
};

}  // namespace

Status DemoMailbox::deliver(const Envelope& envelope, std::string_view message) {
  (void)::mkdir(folder_.c_str(), 0700);  // a folder that is missing shows when the file is written
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "%013lld-%04d",
                static_cast<long long>(to_millis(clock_.now())), delivered_.fetch_add(1) % 10000);
  const std::string filed = "Return-Path: <" + envelope.sender +
                            ">\r\nDelivered-To: " + envelope.recipient + "\r\n" +
                            std::string(message);
  return write_file_durably(folder_ + "/" + name.data() + std::string(kSuffix), as_bytes(filed),
                            0600, IfExists::kRefuse);
}

std::vector<std::string> DemoMailbox::list(std::size_t limit) const {
  std::vector<std::string> names;
  DIR* const folder = ::opendir(folder_.c_str());
  if (folder == nullptr) return names;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): safe on a stream of our own
  while (const dirent* entry = ::readdir(folder)) {
    std::string_view name(entry->d_name);
    if (!name.ends_with(kSuffix)) continue;
    name.remove_suffix(kSuffix.size());
    if (is_mail_name(name)) names.emplace_back(name);
  }
  ::closedir(folder);
  std::sort(names.rbegin(), names.rend());
  if (names.size() > limit) names.resize(limit);
  return names;
}

Result<std::string> DemoMailbox::read(std::string_view name) const {
  if (!is_mail_name(name)) return not_found("no such mail");
  return read_file(folder_ + "/" + std::string(name) + std::string(kSuffix), kMailLimit);
}

std::unique_ptr<MailTransport> make_mailbox_transport(DemoMailbox& mailbox) {
  return std::make_unique<MailboxTransport>(mailbox);
}

}  // namespace jawort
