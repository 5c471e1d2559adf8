#include "engine/app/watchdog.h"

#include "engine/base/thread_name.h"

namespace jawort {

Watchdog::Watchdog(const Supervisor& supervisor, std::vector<Probe> probes)
    : supervisor_(supervisor), probes_(std::move(probes)) {
  if (supervisor.patience().count() > 0) thread_ = std::thread([this] { run(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(round_->mutex);
    round_->stopping = true;
  }
  round_->changed.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::run() {
  name_thread("watchdog");
  const auto pause = supervisor_.patience() / 3;
  while (all_answer()) {
    (void)supervisor_.alive();  // not told is not heard: the supervisor acts as it thinks right
    std::unique_lock lock(round_->mutex);
    if (round_->changed.wait_for(lock, pause, [this] { return round_->stopping; })) return;
  }
}

bool Watchdog::all_answer() {
  {
    const std::lock_guard lock(round_->mutex);
    round_->answers = 0;  // all of the last round are in
  }
  for (const Probe& probe : probes_) {
    probe([round = round_] {
      const std::lock_guard lock(round->mutex);
      ++round->answers;
      round->changed.notify_all();
    });
  }
  std::unique_lock lock(round_->mutex);
  round_->changed.wait(lock,
                       [this] { return round_->stopping || round_->answers == probes_.size(); });
  return !round_->stopping;
}

}  // namespace jawort
