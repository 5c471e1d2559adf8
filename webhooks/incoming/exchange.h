// What goes between the event loop and the workers: jobs one way, answers the other.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/listen_socket.h"

namespace jawort {

struct FrontConnection;  // belongs to the event loop; for workers a name to give back

struct Job {
  FrontConnection* connection = nullptr;  // null: only `after` is to be done
  HttpRequest request;
  int refused = 0;          // status; the handler is not asked
  bool readable = false;    // refused, but known well enough to be answered by its page
  bool close = false;       // no request will follow on the connection
  milliseconds started{0};  // monotonic, when the first byte was here
  std::function<void()> after;
};

struct Answer {
  FrontConnection* connection = nullptr;  // null: only `after` is to be done
  std::string bytes;
  bool close = false;
  milliseconds hold_until{0};
  std::function<void()> after;
};

// Thread-safe.
class JobQueue {
 public:
  // Leaves `jobs` empty.
  void push(std::vector<Job>& jobs);
  // Waits; nothing once the queue is closed and empty.
  std::optional<Job> pop();
  void close();

 private:
  bool wake_another();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  int sleeping_ = 0;
  // One wakes the next, as long as there is more to do: many short jobs need few threads, and many
  // long ones get all of them. True while somebody has been woken and is not up yet.
  bool waking_ = false;
  bool closed_ = false;
};

// Thread-safe; take() and wake are for the one reader.
class AnswerBox {
 public:
  AnswerBox();

  void put(Answer answer);
  // Wakes the reader without an answer.
  void wake();
  // Everything that is there. REQUIRES: `into` is empty. True when there was something, so that the
  // reader must not sleep; after a false, put() and wake() make event() readable.
  bool take(std::vector<Answer>& into);
  // The reader is up, no event is needed; `signalled`: it saw event() readable.
  void awake(bool signalled);
  int event() const { return event_.get(); }

 private:
  void signal();

  Descriptor event_;
  std::mutex mutex_;  // guards what follows
  std::vector<Answer> answers_;
  bool woken_ = false;
  bool sleeping_ = false;
};

}  // namespace jawort
