#include "webhooks/incoming/exchange.h"

#include <cstdint>
#include <iterator>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace jawort {

// REQUIRES: mutex_ is held
bool JobQueue::wake_another() {
  if (jobs_.empty() || sleeping_ == 0 || waking_) return false;
  waking_ = true;
  return true;
}

void JobQueue::push(std::vector<Job>& jobs) {
  if (jobs.empty()) return;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    jobs_.insert(jobs_.end(), std::make_move_iterator(jobs.begin()),
                 std::make_move_iterator(jobs.end()));
    wake = wake_another();
  }
  jobs.clear();
  if (wake) changed_.notify_one();
}

std::optional<Job> JobQueue::pop() {
  std::unique_lock lock(mutex_);
  while (jobs_.empty() && !closed_) {
    ++sleeping_;
    changed_.wait(lock);
    --sleeping_;
    waking_ = false;
  }
  if (jobs_.empty()) return std::nullopt;
  std::optional<Job> job(std::move(jobs_.front()));
  jobs_.pop_front();
  const bool wake = wake_another();
  lock.unlock();
  if (wake) changed_.notify_one();
  return job;
}

void JobQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

AnswerBox::AnswerBox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void AnswerBox::signal() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

void AnswerBox::put(Answer answer) {
  bool asleep = false;
  {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    asleep = std::exchange(sleeping_, false);
  }
  if (asleep) signal();
}

void AnswerBox::wake() {
  bool asleep = false;
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    asleep = std::exchange(sleeping_, false);
  }
  if (asleep) signal();
}

bool AnswerBox::take(std::vector<Answer>& into) {
  const std::lock_guard lock(mutex_);
  into.swap(answers_);
  const bool something = std::exchange(woken_, false) || !into.empty();
  sleeping_ = !something;
  return something;
}

void AnswerBox::awake(bool signalled) {
  {
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
  }
  std::uint64_t count = 0;
  if (signalled) {
    [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
  }
}

}  // namespace jawort
