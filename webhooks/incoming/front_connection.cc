// One connection's way from its first byte to its last.
#include <algorithm>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "webhooks/incoming/front.h"

namespace jawort {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kDrainLimit = 1024U * 1024U;  // bytes
constexpr milliseconds kAfterPause{2};

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void Front::watch(FrontConnection& connection, std::uint32_t events) {
  if (connection.watched == events) return;
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  const bool known = connection.watched != 0;
  ::epoll_ctl(epoll_.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection.socket.get(), &event);
  connection.watched = events;
}

void Front::handle_event(FrontConnection& connection, std::uint32_t events) {
  // While draining, a peer that ends its half is no more than that: it may still be reading.
  const bool hung_up = (events & EPOLLHUP) != 0 && connection.phase != Phase::kDraining;
  if (hung_up || (events & EPOLLERR) != 0) return lose(connection);
  switch (connection.phase) {
    case Phase::kReading:
      receive(connection);
      return;
    case Phase::kBusy:
    case Phase::kHeld:
      // More has come behind the request, or the peer has sent all it will: that keeps until the
      // answer is out. Errors are reported without being asked for.
      return watch(connection, EPOLLERR);
    case Phase::kWriting:
      return write(connection);
    case Phase::kDraining:
      return drain(connection);
  }
}

// False when the connection is gone.
bool Front::receive(FrontConnection& connection) {
  const ssize_t got = ::recv(connection.socket.get(), chunk_.data(), chunk_.size(), 0);
  if (got < 0 && would_block()) return true;
  if (got > 0) {
    if (connection.reader.state() == RequestReader::State::kIdle) connection.started = now_;
    connection.reader.feed({chunk_.data(), static_cast<std::size_t>(got)});
    proceed(connection);
    return true;
  }
  if (got == 0 && connection.reader.state() == RequestReader::State::kBody &&
      connection.reader.go_without_body()) {
    proceed(connection);
    return true;
  }
  remove(connection);
  return false;
}

// Does what the reader's state asks for.
void Front::proceed(FrontConnection& connection) {
  const auto wait_in = [&](DeadlineQueue& queue) {
    if (connection.queue() != &queue) queue.push(connection, now_);
  };
  switch (connection.reader.state()) {
    case RequestReader::State::kIdle:
      return wait_in(idle_);
    case RequestReader::State::kHead:
      return wait_in(head_);
    case RequestReader::State::kBody:
      wait_in(body_);
      return say_continue(connection);
    case RequestReader::State::kRequest:
      return hand_over(connection, 0);
    case RequestReader::State::kRefused:
      return hand_over(connection, connection.reader.status());
  }
}

// RFC 9110 §10.1.1. A peer that does not even take these bytes goes on without them after a while.
void Front::say_continue(FrontConnection& connection) {
  if (!connection.reader.must_say_continue()) return;
  const ssize_t sent =
      ::send(connection.socket.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
  const bool in_part = sent > 0 && static_cast<std::size_t>(sent) < kContinue.size();
  if (in_part) remove(connection);  // its next bytes would be read as the rest
}

void Front::hand_over(FrontConnection& connection, int refused) {
  RequestHead head = connection.reader.take();
  Job job;
  job.connection = &connection;
  job.refused = refused;
  job.readable = connection.reader.readable() || head.content_length > 0;
  job.close = refused != 0 || !head.keep_alive;
  job.started = connection.started;
  job.request = std::move(head.request);
  job.request.peer = connection.peer;
  if (refused != 0) std::string().swap(job.request.body);
  if (job.close) connection.reader.forget();
  connection.close = job.close;
  connection.leave();
  connection.phase = Phase::kBusy;
  new_jobs_.push_back(std::move(job));
}

void Front::take_answer(Answer answer) {
  if (answer.connection == nullptr) return do_after(answer.after);
  FrontConnection& connection = *answer.connection;
  connection.after = std::move(answer.after);
  if (connection.gone) return remove(connection);
  connection.answer = std::move(answer.bytes);
  connection.close = connection.close || answer.close;
  if (answer.hold_until <= now_ || stop_begun_) return start_writing(connection);
  connection.phase = Phase::kHeld;
  connection.held = held_.emplace(answer.hold_until, &connection);
}

void Front::start_writing(FrontConnection& connection) {
  if (connection.phase == Phase::kHeld) held_.erase(connection.held);
  connection.phase = Phase::kWriting;
  connection.answer_started = now_;
  connection.written = 0;
  write(connection);
}

void Front::write(FrontConnection& connection) {
  const std::string& answer = connection.answer;
  bool progress = false;
  while (connection.written < answer.size()) {
    const ssize_t sent = ::send(connection.socket.get(), answer.data() + connection.written,
                                answer.size() - connection.written, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && would_block()) break;
    if (sent < 0) return remove(connection);
    connection.written += static_cast<std::size_t>(sent);
    progress = true;
  }
  if (connection.written == answer.size()) return finish_answer(connection);
  if (now_ - connection.answer_started > settings_.deadlines.answer) return remove(connection);
  watch(connection, EPOLLOUT);
  if (progress || connection.queue() != &writing_) writing_.push(connection, now_);
}

void Front::finish_answer(FrontConnection& connection) {
  do_after(connection.after);
  std::string().swap(connection.answer);
  if (connection.close) {
    // The peer reads what was said before the connection goes, as what it still sends is read:
    // closing over unread bytes would throw the answer away on its way (RFC 9112 §9.6).
    ::shutdown(connection.socket.get(), SHUT_WR);
    connection.phase = Phase::kDraining;
    watch(connection, EPOLLIN);
    return draining_.push(connection, now_);
  }
  connection.phase = Phase::kReading;
  connection.started = now_;
  watch(connection, EPOLLIN);
  const bool idle = connection.reader.next() == RequestReader::State::kIdle;
  if (idle && stop_begun_) return remove(connection);
  proceed(connection);
}

void Front::drain(FrontConnection& connection) {
  const ssize_t got = ::recv(connection.socket.get(), chunk_.data(), chunk_.size(), 0);
  if (got < 0 && would_block()) return;
  if (got > 0) connection.drained += static_cast<std::size_t>(got);
  if (got <= 0 || connection.drained > kDrainLimit) remove(connection);
}

// The peer has gone; a worker may still have its request.
void Front::lose(FrontConnection& connection) {
  if (connection.phase != Phase::kBusy) return remove(connection);
  connection.gone = true;
  connection.socket.reset();  // and leaves epoll by it
}

void Front::remove(FrontConnection& connection) {
  do_after(connection.after);
  if (connection.phase == Phase::kHeld) held_.erase(connection.held);
  if (connection.turned_away) --turned_away_;
  if (const auto known = per_network_.find(connection.network); known != per_network_.end()) {
    if (--known->second == 0) per_network_.erase(known);
  }
  const std::size_t slot = connection.slot;
  connections_.back()->slot = slot;
  std::swap(connections_[slot], connections_.back());
  connections_.pop_back();
}

// Not at once: threads that wake up in the moment of the answer keep a client on this machine
// waiting for a core, and it would see by that which posts send a mail.
void Front::do_after(std::function<void()>& after) {
  if (after) after_.emplace_back(now_ + kAfterPause, std::exchange(after, nullptr));
}

void Front::release_after() {
  while (!after_.empty() && (after_.front().first <= now_ || stop_begun_)) {
    Job job;
    job.after = std::move(after_.front().second);
    after_.pop_front();
    new_jobs_.push_back(std::move(job));
  }
}

}  // namespace jawort
