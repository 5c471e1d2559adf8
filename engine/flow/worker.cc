#include "engine/flow/worker.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/flow/brake_mails.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/count_funnel.h"
#include "engine/flow/expire_ips.h"
#include "engine/flow/expire_pending.h"
#include "engine/flow/incoming_mail.h"
#include "engine/flow/kept_proof.h"
#include "engine/flow/mail_receipts.h"
#include "engine/flow/persons_mail.h"
#include "engine/flow/post_webhooks.h"
#include "engine/flow/prune_marks.h"
#include "engine/flow/publish_checkpoint.h"
#include "engine/flow/run_steps.h"
#include "engine/flow/seal_ledger.h"
#include "engine/flow/send_due.h"

namespace jawort {
namespace {

constexpr int kExpiriesAtOnce = 100;  // per transaction, so that a form post never waits long
constexpr int kMarksAtOnce = 500;
constexpr int kEventsAtOnce = 500;  // whose IP addresses are looked at, that the funnel counts
constexpr int kReceiptsAtOnce = 500;
constexpr int kStepsAtOnce = 200;
// Between two looks at the steps, however often somebody calls: form posts call too.
constexpr milliseconds kStepPause{50};
constexpr std::chrono::seconds kExpiryPause{10};
constexpr std::chrono::seconds kLedgerPause{10};
constexpr std::chrono::seconds kPublishErrorPause{5};
constexpr milliseconds kPublishPause{250};     // how long after its event a webhook goes, at most
constexpr milliseconds kPublishersEnd{2'000};  // for answers; what is cut off goes again
constexpr std::chrono::seconds kLongestSleep{5};  // the wall clock may be set while we sleep

class ThreadedWorker final : public Worker {
 public:
  ThreadedWorker(const Context& context, TransportFactory transports,
                 const DispatchSettings& settings, const WebhookPosterFactory& posters,
                 MailboxWatch mailbox)
      : context_(context),
        transports_(std::move(transports)),
        settings_(settings),
        mailbox_(std::move(mailbox)),
        dispatcher_(settings) {
    auto poster = posters ? posters() : nullptr;
    if (poster != nullptr) {
      publisher_ = std::make_unique<WebhookPublisher>(context, std::move(poster));
    } else if (posters) {
      context.log.error("webhooks_not_posted", {{"reason", "libcurl cannot be used"}});
    }
    gauge(RelayState::kDown, "jawort_relay_down", "1: no mail goes, the relay is not there");
    gauge(RelayState::kRefusesUs, "jawort_relay_refuses_us",
          "1: the relay refuses us or our set-up; see the log and `queue list`");
  }
  ~ThreadedWorker() override { stop(milliseconds{0}); }
  ThreadedWorker(const ThreadedWorker&) = delete;
  ThreadedWorker& operator=(const ThreadedWorker&) = delete;

  void start() override {
    scheduler_ = std::thread([this] { schedule(); });
    expirer_ = std::thread([this] { expire(); });
    sealer_ = std::thread([this] { seal(); });
    if (publisher_ != nullptr) publishing_ = std::thread([this] { publish(); });
    stepper_ = std::thread([this] { step(); });
    if (mailbox_.source) reader_ = std::thread([this] { read_mailbox(); });
    for (int i = 0; i < settings_.senders; ++i) senders_.emplace_back([this] { send(); });
  }

  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      look_now_ = true;
      steps_now_ = true;
    }
    scheduler_wakes_.notify_one();
    stepper_wakes_.notify_one();
  }

  bool stop(milliseconds within) override {
    std::unique_lock lock(mutex_);
    if (senders_.empty() && !scheduler_.joinable()) return true;
    stopping_ = true;
    scheduler_wakes_.notify_all();
    senders_wake_.notify_all();
    expirer_wakes_.notify_all();
    sealer_wakes_.notify_all();
    publisher_wakes_.notify_all();
    publishers_end_ = std::min(within, kPublishersEnd);
    if (publisher_ != nullptr) publisher_->wake();
    stepper_wakes_.notify_all();
    reader_wakes_.notify_all();
    const bool idle = idle_.wait_for(lock, within, [&] { return sending_ == 0; });
    lock.unlock();
    scheduler_.join();
    expirer_.join();
    sealer_.join();
    if (publishing_.joinable()) publishing_.join();
    stepper_.join();
    if (reader_.joinable()) reader_.join();
    // A sender that still waits for the relay holds no lock and nothing unwritten: its mail stays
    // "handing over" in the outbox, and the process may end under it.
    for (std::thread& sender : senders_) idle ? sender.join() : sender.detach();
    senders_.clear();
    return idle;
  }

 private:
  // Puts before the dispatcher what is due and writes down what it postpones; sleeps until the next
  // is due, the dispatcher has worked off half of what it had, or somebody wakes it.
  void schedule() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      look_now_ = false;
      const auto postponed = dispatcher_.take_postponed();
      const MailsWanted wanted = dispatcher_.wanted();
      lock.unlock();
      const Status written = postpone_mails(context_, postponed);
      const auto due = due_mails(context_, wanted);
      lock.lock();
      if (!written.ok() || !due.ok()) {
        if (!context_.store.healthy()) return;  // the engine sees that and stops
        context_.log.error("outbox_not_read");
        scheduler_wakes_.wait_for(lock, kLongestSleep, [&] { return stopping_; });
        continue;
      }
      offer(due->mails);
      more_due_ = due->more;
      if (stopping_ || look_now_) continue;
      scheduler_wakes_.wait_for(lock, pause_until(due->next_due), [&] {
        return stopping_ || look_now_ || dispatcher_.has_postponed() || wants_more();
      });
    }
  }

  void offer(const std::vector<DueMail>& mails) {
    int offered = 0;
    for (const DueMail& mail : mails) offered += dispatcher_.offer(mail) ? 1 : 0;
    for (int i = 0; i < std::min(offered, settings_.senders - sending_); ++i) {
      senders_wake_.notify_one();
    }
  }

  milliseconds pause_until(std::optional<Instant> next) const {
    if (!next) return kLongestSleep;
    const milliseconds left = *next - context_.clock.now();
    return std::clamp(left, milliseconds{20}, milliseconds{kLongestSleep});
  }

  void send() {
    const auto transport = transports_();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const milliseconds now = context_.clock.monotonic();
      const auto mail = next(now);
      if (!mail) {
        const auto at = dispatcher_.next_at(now);
        at ? (void)senders_wake_.wait_for(lock, std::max(*at - now, milliseconds{1}))
           : senders_wake_.wait(lock);
        continue;
      }
      ++sending_;
      lock.unlock();
      const Status status =
          send_mails(context_, *transport, *mail,
                     [this](MailId id, const AttemptEnd& end) { return after(id, end); });
      if (!status.ok()) context_.log.error("mail_not_sent", {{"reason", status.error().message}});
      lock.lock();
      if (--sending_ == 0) idle_.notify_all();
      if (!status.ok() && !context_.store.healthy()) return;
    }
  }

  // In a sender's thread, without the lock.
  std::optional<MailId> after(MailId mail, const AttemptEnd& end) {
    const std::lock_guard lock(mutex_);
    const milliseconds now = context_.clock.monotonic();
    const RelayState before = dispatcher_.relay_state();
    dispatcher_.ended(mail, end, now);
    const RelayState state = dispatcher_.relay_state();
    if (state != before) {
      tell(state);
      senders_wake_.notify_all();  // they may go on, or have a probe to wait for
    }
    return stopping_ ? std::nullopt : next(now);
  }

  std::optional<MailId> next(milliseconds now) {
    auto mail = dispatcher_.next(now);
    if (dispatcher_.has_postponed() || wants_more()) scheduler_wakes_.notify_one();
    return mail;
  }

  bool wants_more() const {
    const MailsWanted wanted = dispatcher_.wanted();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (more_due_[i] && wanted[i] > 0) return true;
    }
    return false;
  }

  void gauge(RelayState state, std::string_view name, std::string_view help) {
    context_.metrics.gauge(
        name, help, [shown = relay_state_, state] { return shown->load() == state ? 1.0 : 0.0; });
  }

  // Once per change, not per mail.
  void tell(RelayState state) {
    relay_state_->store(state);
    switch (state) {
      case RelayState::kFine:
        context_.log.info("relay_fine");
        break;
      case RelayState::kDown:
        context_.log.warning("relay_down");
        break;
      case RelayState::kRefusesUs:
        context_.log.error(
            "relay_refuses_us",
            {{"advice", "queue list shows the reply; jawort check tries the login"}});
        break;
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
    const auto ips = expire_ips(context_, kEventsAtOnce);
    if (!ips.ok()) return ips.error();
    const auto proofs = end_kept_proofs(context_, kExpiriesAtOnce);
    if (!proofs.ok()) return proofs.error();
    const auto counted = count_funnel(context_, kEventsAtOnce);
    if (!counted.ok()) return counted.error();
    const auto read = prune_inbox(context_, kMarksAtOnce);
    if (!read.ok()) return read.error();
    JAWORT_TRY(write_blocked(context_));
    watch_brake(context_);
    return *ended == kExpiriesAtOnce || *pruned == kMarksAtOnce || *ips == kEventsAtOnce ||
           *proofs == kExpiriesAtOnce || *counted == kEventsAtOnce;
  }

  // Steps of campaigns: sleeps until the next is due, or somebody came into one.
  void step() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      steps_now_ = false;
      lock.unlock();
      const auto done = run_steps(context_, kStepsAtOnce);
      const auto next = done.ok() ? next_step_due(context_) : done.error();
      lock.lock();
      if (!next.ok()) {
        if (!context_.store.healthy()) return;
        context_.log.error("steps_not_run", {{"reason", next.error().message}});
        stepper_wakes_.wait_for(lock, kLongestSleep, [&] { return stopping_; });
        continue;
      }
      if (*done == kStepsAtOnce) continue;
      stepper_wakes_.wait_for(lock, kStepPause, [&] { return stopping_; });
      stepper_wakes_.wait_for(lock, pause_until(*next), [&] { return stopping_ || steps_now_; });
    }
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  // What came back of our mails, and what people have answered.
  void read_mailbox() {
    bool failed = false;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const Status looked =
          look_into_mailbox(context_, *mailbox_.source, [this] { return stopping(); });
      lock.lock();
      if (!looked.ok() && !context_.store.healthy()) return;
      if (!looked.ok() && !stopping_ && !failed) {  // once per change
        context_.log.error("mailbox_not_read",
                           {{"reason", std::string_view(looked.error().message)},
                            {"advice", "see [bounces]; jawort check tries the login"}});
      }
      failed = !looked.ok();
      reader_wakes_.wait_for(lock, mailbox_.every, [&] { return stopping_; });
    }
  }

  // Apart from the rest: what goes out of the house may wait for the network.
  void seal() {
    CheckpointPublisher publisher(context_, transports_);
    const auto cancelled = [this] { return stopping(); };
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const Status tended = tend_ledger(context_);
      const auto receipts = mail_receipts(context_, kReceiptsAtOnce);
      if (tended.ok()) publisher.round(cancelled);
      lock.lock();
      if ((!tended.ok() || !receipts.ok()) && !context_.store.healthy()) return;
      if (!tended.ok())
        context_.log.error("ledger_not_tended", {{"reason", tended.error().message}});
      if (!receipts.ok()) {
        context_.log.error("receipts_not_mailed", {{"reason", receipts.error().message}});
      } else if (*receipts == kReceiptsAtOnce) {
        continue;
      }
      sealer_wakes_.wait_for(lock, kLedgerPause, [&] { return stopping_; });
    }
  }

  void publish() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const Status done = publisher_->round(kPublishPause);
      lock.lock();
      if (done.ok()) continue;
      if (!context_.store.healthy()) return;
      context_.log.error("webhooks_not_posted", {{"reason", done.error().message}});
      publisher_wakes_.wait_for(lock, kPublishErrorPause, [&] { return stopping_; });
    }
    const milliseconds within = publishers_end_;
    lock.unlock();
    (void)publisher_->finish(within);
  }

  const Context& context_;
  const TransportFactory transports_;
  const DispatchSettings settings_;
  std::unique_ptr<WebhookPublisher> publisher_;
  const MailboxWatch mailbox_;

  std::mutex mutex_;  // guards all below but the threads, which start() and stop() alone touch
  std::condition_variable scheduler_wakes_, senders_wake_, expirer_wakes_, sealer_wakes_,
      publisher_wakes_, stepper_wakes_, reader_wakes_, idle_;
  Dispatcher dispatcher_;
  // For the metrics, which may be read when this is gone.
  const std::shared_ptr<std::atomic<RelayState>> relay_state_ =
      std::make_shared<std::atomic<RelayState>>(RelayState::kFine);
  std::array<bool, kMailPriorities> more_due_{};  // than the dispatcher was offered, by priority
  int sending_ = 0;                               // senders in send_mails
  bool stopping_ = false, look_now_ = false, steps_now_ = false;
  milliseconds publishers_end_{0};

  std::thread scheduler_, expirer_, sealer_, publishing_, stepper_, reader_;
  std::vector<std::thread> senders_;
};

}  // namespace

std::unique_ptr<Worker> make_worker(const Context& context, TransportFactory transports,
                                    const DispatchSettings& settings,
                                    const WebhookPosterFactory& posters, MailboxWatch mailbox) {
  return std::make_unique<ThreadedWorker>(context, std::move(transports), settings, posters,
                                          std::move(mailbox));
}

}  // namespace jawort
