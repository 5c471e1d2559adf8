#include "webhooks/incoming/connection_queue.h"

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace jawort {
namespace {

void signal_event(int descriptor) {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable anyway.
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

void take_back(int semaphore) {
  std::uint64_t count = 0;
  while (::read(semaphore, &count, sizeof count) == sizeof count) {
  }
}

}  // namespace

ConnectionQueue::ConnectionQueue()
    : release_(::eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)),
      stopping_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

ConnectionQueue::~ConnectionQueue() {
  for (const Accepted& connection : waiting_) ::close(connection.socket);
  ::close(release_);
  ::close(stopping_);
}

bool ConnectionQueue::push(Accepted connection) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || waiting_.size() >= kLimit) return false;
    waiting_.push_back(std::move(connection));
    if (static_cast<int>(waiting_.size()) > free_workers_) signal_event(release_);
  }
  changed_.notify_one();
  return true;
}

std::optional<Accepted> ConnectionQueue::pop() {
  std::unique_lock lock(mutex_);
  ++free_workers_;
  changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
  --free_workers_;
  if (waiting_.empty()) return std::nullopt;
  Accepted connection = std::move(waiting_.front());
  waiting_.pop_front();
  if (waiting_.empty()) take_back(release_);  // nobody waits: no idle connection has to go
  return connection;
}

void ConnectionQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void ConnectionQueue::announce_stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_announced_ = true;
  }
  signal_event(stopping_);
}

bool ConnectionQueue::may_keep_alive() const {
  const std::lock_guard lock(mutex_);
  return !stop_announced_ && static_cast<int>(waiting_.size()) <= free_workers_;
}

}  // namespace jawort
