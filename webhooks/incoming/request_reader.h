// Reads whole requests from one connection, under deadlines. A request is handed on when its last
// byte is here; half a request costs a thread for a bounded time only.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "webhooks/incoming/request_head.h"

namespace jawort {

struct ConnectionDeadlines {
  milliseconds idle{5000};   // for the first byte of the next request
  milliseconds head{5000};   // from the first byte to the end of the head
  milliseconds body{10000};  // from there to the end of the body
  milliseconds write{10000};
};

// One connection, owned by one thread. Does not own the descriptors.
class Connection {
 public:
  // An idle connection gives up when `release` or `stopping` turns readable: the first takes one
  // count of a semaphore (eventfd), the second stays readable for everybody.
  Connection(int socket, int release, int stopping, const Clock& clock,
             ConnectionDeadlines deadlines)
      : socket_(socket),
        release_(release),
        stopping_(stopping),
        clock_(clock),
        deadlines_(deadlines) {}

  enum class State { kRequest, kRefused, kClosed };
  struct Reading {
    State state = State::kClosed;
    int status = 0;           // kRefused
    RequestHead head;         // kRequest; its body is complete
    milliseconds started{0};  // monotonic, when the first byte was here
  };
  Reading read_request(std::size_t body_limit);
  // False when the peer does not take it in time.
  bool write(std::string_view bytes);
  // No more answers: lets the peer read what was said before the connection goes, by reading what
  // it still sends (at most a mebibyte, at most 900 ms).
  void drain();

 private:
  enum class Wait { kReadable, kGiveUp };
  Wait wait_idle();
  bool wait_until(short events, milliseconds deadline) const;
  // Appends what has come; false when the peer has closed or the deadline is over.
  bool receive(milliseconds deadline);
  Reading refused(int status, milliseconds started);

  int socket_, release_, stopping_;
  const Clock& clock_;
  ConnectionDeadlines deadlines_;
  std::string buffer_;   // read, not yet handed on: the start of the next request
  bool served_ = false;  // a request was read on this connection
};

}  // namespace jawort
