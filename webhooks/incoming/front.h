// The event loop: one thread owns all connections, reads requests, hands whole ones to the workers
// and writes their answers. It never blocks on a peer, a handler or a disk.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "webhooks/incoming/deadline_queue.h"
#include "webhooks/incoming/exchange.h"
#include "webhooks/incoming/listen_socket.h"
#include "webhooks/incoming/listener.h"
#include "webhooks/incoming/request_reader.h"
#include "webhooks/incoming/response_writer.h"

namespace jawort {

struct FrontConnection final : Timed {
  explicit FrontConnection(const RequestRules& rules) : reader(rules) {}

  enum class Phase {
    kReading,   // in a queue: first, idle, head or body
    kBusy,      // a worker has its request
    kHeld,      // its answer waits for its time
    kWriting,   // the peer takes its answer slowly
    kDraining,  // the last answer is out; what the peer still sends is read
  };
  Phase phase = Phase::kReading;
  bool close = false;        // after the answer under way
  bool gone = false;         // the peer has left while kBusy
  bool turned_away = false;  // over a limit; does not count itself
  Descriptor socket;
  std::uint32_t watched = 0;  // epoll events
  std::size_t slot = 0;       // where it stands among all
  std::string peer;
  std::string network;  // that it counts for; empty: none
  RequestReader reader;
  std::string answer;
  std::size_t written = 0;  // bytes of the answer
  std::size_t drained = 0;
  std::function<void()> after;
  milliseconds started{0};         // first byte of the request
  milliseconds answer_started{0};  // first byte of the answer
  std::multimap<milliseconds, FrontConnection*>::iterator held;
};

class Front {
 public:
  // All that is referred to outlives the front.
  Front(const ListenerSettings& settings, Descriptor listening, JobQueue& jobs, AnswerBox& answers,
        const Clock& clock, Log& log);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // Serves until stop() has been called and the last connection is gone.
  void run();
  // From any thread; returns at once.
  void stop();
  // True once stop() was called: answers say that the connection closes.
  const std::atomic<bool>& stopping() const { return stopping_; }

 private:
  using Phase = FrontConnection::Phase;

  // front.cc: the loop
  int wait_time() const;
  void set_timer();
  void wait_for_events();
  void take_answers();
  void meet_deadlines();
  void begin_stop();
  void end_overdue_stop();

  // front_accept.cc: who comes in
  void resume_accepting();
  void pause_accepting();
  void accept_waiting();
  void admit(Accepted accepted);
  void turn_away(Accepted accepted, int status);
  bool make_room();
  bool is_idle(const FrontConnection& connection) const;
  FrontConnection& add(Accepted accepted);
  void report_turned_away();

  // front_connection.cc: one connection's way
  void handle_event(FrontConnection& connection, std::uint32_t events);
  bool receive(FrontConnection& connection);
  void proceed(FrontConnection& connection);
  void say_continue(FrontConnection& connection);
  void hand_over(FrontConnection& connection, int refused);
  void take_answer(Answer answer);
  void start_writing(FrontConnection& connection);
  void write(FrontConnection& connection);
  void finish_answer(FrontConnection& connection);
  void drain(FrontConnection& connection);
  void lose(FrontConnection& connection);
  void remove(FrontConnection& connection);
  void watch(FrontConnection& connection, std::uint32_t events);
  void do_after(std::function<void()>& after);
  void release_after();

  const ListenerSettings& settings_;
  const RequestRules rules_;
  Descriptor listening_;
  JobQueue& jobs_;
  AnswerBox& answers_;
  ResponseWriter writer_;  // for who is turned away
  const Clock& clock_;
  Log& log_;
  const Descriptor epoll_;
  const Descriptor timer_;  // for held answers
  std::atomic<bool> stopping_{false};

  // What follows belongs to run()'s thread.
  bool stop_begun_ = false;
  milliseconds stop_at_{0};
  milliseconds now_{0};  // when this turn of the loop began
  std::vector<std::unique_ptr<FrontConnection>> connections_;
  std::unordered_map<std::string, int> per_network_;
  int turned_away_ = 0;
  std::int64_t turned_away_unreported_ = 0;
  milliseconds report_at_{0};
  milliseconds accept_again_at_{0};  // 0: nothing is in its way
  DeadlineQueue first_, idle_, head_, body_, writing_, draining_, last_chance_;
  std::multimap<milliseconds, FrontConnection*> held_;
  std::deque<std::pair<milliseconds, std::function<void()>>> after_;  // when, in that order
  milliseconds timer_at_{0};
  std::vector<Job> new_jobs_;
  std::vector<Answer> new_answers_;
  std::array<char, 16384> chunk_{};
};

}  // namespace jawort
