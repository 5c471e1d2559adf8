#include "engine/app/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace jawort {
namespace {

constexpr timeval kSendTimeout{5, 0};

std::string take_variable(const char* name) {
  // NOLINTBEGIN(concurrency-mt-unsafe): no other thread runs yet
  const char* const value = std::getenv(name);
  std::string text = value != nullptr ? value : "";
  ::unsetenv(name);
  // NOLINTEND(concurrency-mt-unsafe)
  return text;
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && value > 0 ? value : 0;
}

// A line break would begin another assignment.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

Supervisor Supervisor::from_environment() {
  Supervisor supervisor;
  supervisor.socket_ = take_variable("NOTIFY_SOCKET");
  const std::int64_t patience = number(take_variable("WATCHDOG_USEC"));
  const std::string asked = take_variable("WATCHDOG_PID");
  if (asked.empty() || number(asked) == ::getpid()) {
    supervisor.patience_ = std::chrono::microseconds(patience);
  }
  return supervisor;
}

bool Supervisor::status(std::string_view text) const { return send("STATUS=" + one_line(text)); }

bool Supervisor::ready(std::string_view text) const {
  return send("READY=1\nSTATUS=" + one_line(text));
}

bool Supervisor::stopping(std::chrono::seconds within) const {
  const std::chrono::microseconds extended = within;
  return send("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" +
              std::to_string(extended.count()));
}

bool Supervisor::alive() const { return send("WATCHDOG=1"); }

bool Supervisor::send(const std::string& message) const {
  if (socket_.empty()) return true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  // An abstract name ends with the address: it has no NUL at its end.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());

  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout);
  ssize_t sent = -1;
  do {
    sent = ::sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), length);
  } while (sent < 0 && errno == EINTR);
  ::close(descriptor);
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace jawort
