// The system calls around a listening socket.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace jawort {

// A descriptor with one owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    fd_ = other.release();
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset();

 private:
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  int fd_ = -1;
};

// Bound and listening, non-blocking, without SO_REUSEPORT. `host` is a numeric address or
// "localhost"; port 0: any free one. kUnavailable with the reason.
Result<Descriptor> listen_on(const std::string& host, int port);
int bound_port(const Descriptor& socket);

struct Accepted {
  enum class Outcome { kConnection, kNothing, kGone, kNoDescriptors };
  Outcome outcome = Outcome::kNothing;
  Descriptor socket;  // kConnection; non-blocking
  std::string peer;   // IP address as text; an IPv4 client of a dual-stack socket as plain IPv4
};
// kGone: that one went away, the next one may be there. kNoDescriptors: none is left for it.
Accepted accept_from(const Descriptor& listening);

}  // namespace jawort
