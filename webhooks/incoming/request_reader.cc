#include "webhooks/incoming/request_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jawort {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kDrainLimit = 1024U * 1024U;
constexpr milliseconds kDrainTime{900};
constexpr milliseconds kFreshTime{300};

}  // namespace

Connection::Wait Connection::wait_idle() {
  const milliseconds started = clock_.monotonic();
  const milliseconds deadline = started + deadlines_.idle;
  // A client that has just connected is about to ask: it has to make room only after a while.
  const milliseconds may_go = served_ ? started : std::min(started + kFreshTime, deadline);
  for (;;) {
    const milliseconds now = clock_.monotonic();
    if (now >= deadline) return Wait::kGiveUp;
    const bool fresh = now < may_go;
    const auto left = (fresh ? may_go : deadline) - now;
    // poll(2) passes over a negative descriptor.
    std::array<pollfd, 3> watched = {pollfd{socket_, POLLIN, 0},
                                     pollfd{fresh ? -1 : release_, POLLIN, 0},
                                     pollfd{stopping_, POLLIN, 0}};
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0) return Wait::kGiveUp;
    if (watched[0].revents != 0) return Wait::kReadable;
    if (watched[2].revents != 0) return Wait::kGiveUp;
    // Another idle connection may have taken the count first; then this one may stay.
    std::uint64_t count = 0;
    if (::read(release_, &count, sizeof count) == sizeof count) return Wait::kGiveUp;
  }
}

bool Connection::wait_until(short events, milliseconds deadline) const {
  for (;;) {
    const auto left = deadline - clock_.monotonic();
    if (left.count() <= 0) return false;
    pollfd watched{socket_, events, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool Connection::receive(milliseconds deadline) {
  std::array<char, 16384> chunk;
  for (;;) {
    const ssize_t got = ::recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got > 0) {
      buffer_.append(chunk.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    if (!wait_until(POLLIN, deadline)) return false;
  }
}

Connection::Reading Connection::refused(int status, milliseconds started) {
  Reading reading;
  reading.state = State::kRefused;
  reading.status = status;
  reading.started = started;
  return reading;
}

Connection::Reading Connection::read_request(std::size_t body_limit) {
  if (buffer_.empty() && wait_idle() == Wait::kGiveUp) return {};
  const milliseconds started = clock_.monotonic();
  const milliseconds head_deadline = started + deadlines_.head;
  HeadReading head = read_request_head(buffer_, body_limit);
  while (head.state == HeadReading::State::kIncomplete) {
    if (!receive(head_deadline)) {
      const bool late = clock_.monotonic() >= head_deadline;
      return late && !buffer_.empty() ? refused(408, started) : Reading{};
    }
    head = read_request_head(buffer_, body_limit);
  }
  if (head.state == HeadReading::State::kRefused) return refused(head.status, started);

  buffer_.erase(0, head.bytes);
  const std::size_t length = head.head.content_length;
  if (head.head.expects_continue && buffer_.empty() && !write(kContinue)) return {};
  const milliseconds body_deadline = clock_.monotonic() + deadlines_.body;
  while (buffer_.size() < length) {
    if (!receive(body_deadline)) {
      return clock_.monotonic() >= body_deadline ? refused(408, started) : Reading{};
    }
  }
  served_ = true;
  head.head.request.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return {State::kRequest, 0, std::move(head.head), started};
}

bool Connection::write(std::string_view bytes) {
  const milliseconds deadline = clock_.monotonic() + deadlines_.write;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_until(POLLOUT, deadline)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void Connection::drain() {
  ::shutdown(socket_, SHUT_WR);
  const milliseconds deadline = clock_.monotonic() + kDrainTime;
  std::array<char, 16384> chunk;
  std::size_t total = 0;
  while (total < kDrainLimit && wait_until(POLLIN, deadline)) {
    const ssize_t got = ::recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got > 0) {
      total += static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) {
      return;
    }
  }
}

}  // namespace jawort
