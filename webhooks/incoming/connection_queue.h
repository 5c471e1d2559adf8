// Accepted connections on their way to a worker thread, and the two signals that end idle ones.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace jawort {

struct Accepted {
  int socket = -1;
  std::string peer;  // IP address as text
};

// Thread-safe.
class ConnectionQueue {
 public:
  ConnectionQueue();
  ~ConnectionQueue();  // closes what still waits
  ConnectionQueue(const ConnectionQueue&) = delete;
  ConnectionQueue& operator=(const ConnectionQueue&) = delete;

  // Also asks one idle connection to make room when no worker is free. False: too many wait.
  bool push(Accepted connection);
  // Waits; nothing once the queue is closed and empty.
  std::optional<Accepted> pop();
  // The end, in two steps: idle connections end and answers say so, then nothing more will come.
  void announce_stop();
  void close();
  // False when a connection should make room after its answer.
  bool may_keep_alive() const;

  int release_event() const { return release_; }    // a semaphore: one count, one idle connection
  int stopping_event() const { return stopping_; }  // stays readable

 private:
  static constexpr std::size_t kLimit = 2048;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Accepted> waiting_;
  int free_workers_ = 0;
  bool stop_announced_ = false;
  bool closed_ = false;

  int release_, stopping_;
};

}  // namespace jawort
