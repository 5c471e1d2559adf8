#include "engine/flow/worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "engine/flow/brake_mails.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/expire_pending.h"
#include "engine/flow/prune_marks.h"
#include "engine/flow/send_due.h"

namespace jawort {
namespace {

constexpr int kExpiriesAtOnce = 100;  // per transaction, so that a form post never waits long
constexpr int kMarksAtOnce = 500;
constexpr std::chrono::seconds kExpiryPause{10};
constexpr std::chrono::seconds kLongestSleep{5};  // the wall clock may be set while we sleep

class ThreadedWorker final : public Worker {
 public:
  ThreadedWorker(const Context& context, TransportFactory transports,
                 const WorkerSettings& settings)
      : context_(context), transports_(std::move(transports)), settings_(settings) {}
  ~ThreadedWorker() override { stop(milliseconds{0}); }
  ThreadedWorker(const ThreadedWorker&) = delete;
  ThreadedWorker& operator=(const ThreadedWorker&) = delete;

  void start() override {
    scheduler_ = std::thread([this] { schedule(); });
    expirer_ = std::thread([this] { expire(); });
    for (int i = 0; i < settings_.senders; ++i) senders_.emplace_back([this] { send(); });
  }

  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      look_now_ = true;
    }
    scheduler_wakes_.notify_one();
  }

  bool stop(milliseconds within) override {
    std::unique_lock lock(mutex_);
    if (senders_.empty() && !scheduler_.joinable()) return true;
    stopping_ = true;
    waiting_.clear();
    scheduler_wakes_.notify_all();
    senders_wake_.notify_all();
    expirer_wakes_.notify_all();
    const bool idle = idle_.wait_for(lock, within, [&] { return sending_ == 0; });
    lock.unlock();
    scheduler_.join();
    expirer_.join();
    // A sender that still waits for the relay holds no lock and nothing unwritten: its mail stays
    // "handing over" in the outbox, and the process may end under it.
    for (std::thread& sender : senders_) idle ? sender.join() : sender.detach();
    senders_.clear();
    return idle;
  }

 private:
  // Finds what is due and puts it before the senders; sleeps until the next is due, the senders
  // have worked off half of it, or somebody wakes it.
  void schedule() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      look_now_ = false;
      std::optional<Instant> next;
      bool more = true;
      if (waiting_.size() <= half_full()) {
        // Those that wait or are under way may be among the answers: asked for on top.
        const int limit = static_cast<int>(2 * half_full() + known_.size());
        lock.unlock();
        const auto due = due_mails(context_, limit);
        lock.lock();
        if (!due.ok()) return;  // the store has failed; the engine sees that and stops
        hand_out(due->mails);
        more = due->mails.size() >= static_cast<std::size_t>(limit);
        next = due->next_due;
      }
      if (stopping_ || look_now_) continue;
      scheduler_wakes_.wait_for(lock, pause_until(next, more), [&] {
        return stopping_ || look_now_ || (more && waiting_.size() <= half_full());
      });
    }
  }

  std::size_t half_full() const { return static_cast<std::size_t>(settings_.senders) * 8; }

  void hand_out(const std::vector<MailId>& mails) {
    bool any = false;
    for (const MailId mail : mails) {
      if (!known_.insert(mail).second) continue;
      waiting_.push_back(mail);
      any = true;
    }
    if (any) senders_wake_.notify_all();
  }

  milliseconds pause_until(std::optional<Instant> next, bool more) const {
    if (more || !next) return kLongestSleep;
    const milliseconds left = *next - context_.clock.now();
    return std::clamp(left, milliseconds{20}, milliseconds{kLongestSleep});
  }

  void send() {
    const auto transport = transports_();
    std::unique_lock lock(mutex_);
    for (;;) {
      senders_wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      const MailId mail = waiting_.front();
      waiting_.pop_front();
      if (waiting_.size() == half_full()) scheduler_wakes_.notify_one();
      ++sending_;
      lock.unlock();
      const Status status = send_mail(context_, *transport, mail);
      if (!status.ok()) context_.log.error("mail_not_sent", {{"reason", status.error().message}});
      lock.lock();
      --sending_;
      known_.erase(mail);
      if (sending_ == 0) idle_.notify_all();
    }
  }

  void expire() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const auto more = tidy();
      lock.lock();
      if (!more.ok()) {
        context_.log.error("expiry_failed", {{"reason", more.error().message}});
        if (!context_.store.healthy()) return;
      }
      if (more.ok() && *more) continue;
      expirer_wakes_.wait_for(lock, kExpiryPause, [&] { return stopping_; });
    }
    lock.unlock();
    (void)write_blocked(context_);  // what was counted since the last round
  }

  // What the timer does each time round; true: there is more of it to do.
  Result<bool> tidy() {
    const auto ended = expire_pending(context_, kExpiriesAtOnce);
    if (!ended.ok()) return ended.error();
    const auto pruned = prune_marks(context_, kMarksAtOnce);
    if (!pruned.ok()) return pruned.error();
    JAWORT_TRY(write_blocked(context_));
    watch_brake(context_);
    return *ended == kExpiriesAtOnce || *pruned == kMarksAtOnce;
  }

  const Context& context_;
  const TransportFactory transports_;
  const WorkerSettings settings_;

  std::mutex mutex_;  // guards all below but the threads, which start() and stop() alone touch
  std::condition_variable scheduler_wakes_, senders_wake_, expirer_wakes_, idle_;
  std::deque<MailId> waiting_;
  std::set<MailId> known_;  // waiting or being sent
  int sending_ = 0;
  bool stopping_ = false, look_now_ = false;

  std::thread scheduler_, expirer_;
  std::vector<std::thread> senders_;
};

}  // namespace

std::unique_ptr<Worker> make_worker(const Context& context, TransportFactory transports,
                                    const WorkerSettings& settings) {
  return std::make_unique<ThreadedWorker>(context, std::move(transports), settings);
}

}  // namespace jawort
