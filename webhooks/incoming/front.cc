#include "webhooks/incoming/front.h"

#include <algorithm>
#include <limits>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace jawort {
namespace {

// A connection that was let in while the stop began gets this long to say what it wants.
constexpr milliseconds kLastChance{300};
constexpr milliseconds kLastSleep{1};  // before a held answer goes
constexpr int kNoWait = 0, kForEver = -1;

}  // namespace

Front::Front(const ListenerSettings& settings, Descriptor listening, JobQueue& jobs,
             AnswerBox& answers, const Clock& clock, Log& log)
    : settings_(settings),
      rules_{settings.body_limit, settings.body_optional},
      listening_(std::move(listening)),
      jobs_(jobs),
      answers_(answers),
      clock_(clock),
      log_(log),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      first_(settings.deadlines.first),
      idle_(settings.deadlines.idle),
      head_(settings.deadlines.head),
      body_(settings.deadlines.body),
      writing_(settings.deadlines.write),
      draining_(settings.deadlines.drain),
      last_chance_(kLastChance) {}

void Front::stop() {
  stopping_ = true;
  answers_.wake();
}

void Front::run() {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &answers_;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, answers_.event(), &event);
  event.data.ptr = &held_;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event);
  now_ = clock_.monotonic();
  resume_accepting();
  while (!stop_begun_ || !connections_.empty()) {
    wait_for_events();
    take_answers();
    meet_deadlines();
    if (stopping_ && !stop_begun_) begin_stop();
    if (stop_begun_) end_overdue_stop();
    release_after();
    jobs_.push(new_jobs_);
  }
}

int Front::wait_time() const {
  milliseconds next = milliseconds::max();
  for (const DeadlineQueue* queue :
       {&first_, &idle_, &head_, &body_, &writing_, &draining_, &last_chance_}) {
    if (queue->front()) next = std::min(next, queue->next());
  }
  if (!after_.empty()) next = std::min(next, after_.front().first);
  if (accept_again_at_.count() > 0) next = std::min(next, accept_again_at_);
  if (stop_begun_ && stop_at_ > now_) next = std::min(next, stop_at_);
  if (next == milliseconds::max()) return kForEver;
  const milliseconds left = std::max(milliseconds(0), next - clock_.monotonic());
  return static_cast<int>(std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max()));
}

// A held answer goes at its very moment. A wait of whole milliseconds, counted from when the work
// was done, would tell how long the work took, which is what the holding hides. The last part of
// the wait is as long for all: a processor that has slept longer wakes some microseconds later.
void Front::set_timer() {
  if (held_.empty()) return;
  milliseconds at = held_.begin()->first;
  if (at - kLastSleep > now_) at -= kLastSleep;
  if (at == timer_at_) return;
  timer_at_ = at;
  itimerspec moment{};
  moment.it_value.tv_sec = static_cast<time_t>(timer_at_.count() / 1000);
  moment.it_value.tv_nsec = static_cast<long>(timer_at_.count() % 1000 * 1'000'000);
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &moment, nullptr);
}

void Front::wait_for_events() {
  set_timer();
  const bool answers_wait = answers_.take(new_answers_);
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 answers_wait ? kNoWait : wait_time());
  now_ = clock_.monotonic();
  bool signalled = false, knocking = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &answers_) {
      signalled = true;
    } else if (event.data.ptr == &held_) {
      std::uint64_t times = 0;
      [[maybe_unused]] const ssize_t size = ::read(timer_.get(), &times, sizeof times);
    } else if (event.data.ptr == &listening_) {
      knocking = true;
    } else {
      handle_event(*static_cast<FrontConnection*>(event.data.ptr), event.events);
    }
  }
  answers_.awake(signalled);
  // Last, because making room closes others, which may stand among the events.
  if (knocking) accept_waiting();
}

void Front::take_answers() {
  for (Answer& answer : new_answers_) take_answer(std::move(answer));
  new_answers_.clear();
}

void Front::meet_deadlines() {
  const auto overdue = [this](const DeadlineQueue& queue) {
    return static_cast<FrontConnection*>(queue.overdue(now_));
  };
  for (const DeadlineQueue* queue : {&first_, &idle_, &draining_, &last_chance_, &writing_}) {
    while (FrontConnection* connection = overdue(*queue)) remove(*connection);
  }
  while (FrontConnection* connection = overdue(head_)) hand_over(*connection, 408);
  while (FrontConnection* connection = overdue(body_)) {
    hand_over(*connection, connection->reader.go_without_body() ? 0 : 408);
  }
  while (!held_.empty() && held_.begin()->first <= now_) start_writing(*held_.begin()->second);
  if (accept_again_at_.count() > 0 && accept_again_at_ <= now_) resume_accepting();
}

// Who has been let into the backlog is let in and heard; who has asked is answered; who is idle
// goes, unless a request has just come.
void Front::begin_stop() {
  stop_begun_ = true;
  stop_at_ = now_ + settings_.deadlines.stop;
  accept_again_at_ = milliseconds(0);
  accept_waiting();
  listening_.reset();
  for (std::size_t i = connections_.size(); i-- > 0;) {  // removing moves the last one here
    FrontConnection& connection = *connections_[i];
    if (connection.phase == Phase::kHeld) {
      start_writing(connection);
    } else if (connection.queue() == &idle_) {
      if (!receive(connection)) continue;
      if (connection.queue() == &idle_) remove(connection);
    } else if (connection.queue() == &first_) {
      last_chance_.push(connection, now_);
    }
  }
}

// What a worker still has is waited for, so that no answer is lost by us.
void Front::end_overdue_stop() {
  if (now_ < stop_at_) return;
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (connections_[i]->phase != Phase::kBusy) remove(*connections_[i]);
  }
}

}  // namespace jawort
