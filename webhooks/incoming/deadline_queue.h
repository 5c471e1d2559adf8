// Deadlines of one kind: all last equally long, so who began first is over first, and a queue needs
// no sorting. Not thread-safe.
#pragma once

#include "engine/base/clock.h"

namespace jawort {

class DeadlineQueue;

// Base of what can stand in one queue at a time. Leaves it when destroyed.
class Timed {
 public:
  Timed() = default;
  ~Timed() { leave(); }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

  void leave();
  const DeadlineQueue* queue() const { return queue_; }
  milliseconds since() const { return since_; }  // when it came into its queue

 private:
  friend class DeadlineQueue;
  Timed* before_ = nullptr;
  Timed* after_ = nullptr;
  DeadlineQueue* queue_ = nullptr;
  milliseconds since_{0};
};

class DeadlineQueue {
 public:
  explicit DeadlineQueue(milliseconds within) : within_(within) {}
  DeadlineQueue(const DeadlineQueue&) = delete;
  DeadlineQueue& operator=(const DeadlineQueue&) = delete;

  // To the end, from whatever queue it is in. REQUIRES: `now` never runs backwards.
  void push(Timed& timed, milliseconds now) {
    timed.leave();
    timed.queue_ = this;
    timed.since_ = now;
    timed.before_ = last_;
    (last_ ? last_->after_ : first_) = &timed;
    last_ = &timed;
  }
  // Who has been in it longest; null when it is empty.
  Timed* front() const { return first_; }
  // REQUIRES: front()
  milliseconds next() const { return first_->since_ + within_; }
  Timed* overdue(milliseconds now) const { return first_ && next() <= now ? first_ : nullptr; }

 private:
  friend class Timed;
  const milliseconds within_;
  Timed* first_ = nullptr;
  Timed* last_ = nullptr;
};

inline void Timed::leave() {
  if (!queue_) return;
  (before_ ? before_->after_ : queue_->first_) = after_;
  (after_ ? after_->before_ : queue_->last_) = before_;
  before_ = after_ = nullptr;
  queue_ = nullptr;
}

}  // namespace jawort
