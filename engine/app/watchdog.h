// The sign of life that a supervisor waits for: sent only after all that must turn has turned.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/app/supervisor.h"

namespace jawort {

// A thread that, three times within the supervisor's patience, lets every probe go once and says
// alive() when all have answered. A part that hangs keeps it silent, and the supervisor ends us.
class Watchdog {
 public:
  // Calls `answered`, at once or later, from any thread, when the part that it asks is alive. May
  // block as long as that part hangs.
  using Probe = std::function<void(std::function<void()> answered)>;

  // Nothing happens where supervisor.patience() is 0. `supervisor` outlives this.
  Watchdog(const Supervisor& supervisor, std::vector<Probe> probes);
  // REQUIRES: what the probes ask is still there. Waits for a probe that blocks, not for answers.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  // Shared with answers that are still under way when this is gone.
  struct Round {
    std::mutex mutex;  // guards what follows
    std::condition_variable changed;
    std::size_t answers = 0;
    bool stopping = false;
  };

  void run();
  bool all_answer();  // false: a stop came first

  const Supervisor& supervisor_;
  const std::vector<Probe> probes_;
  const std::shared_ptr<Round> round_ = std::make_shared<Round>();
  std::thread thread_;
};

}  // namespace jawort
