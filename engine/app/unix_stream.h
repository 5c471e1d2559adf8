// A connected or listening Unix stream socket. Paths may be longer than sockaddr_un takes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/app/control_protocol.h"

namespace jawort {

class UnixStream {
 public:
  explicit UnixStream(int descriptor = -1) : descriptor_(descriptor) {}
  UnixStream(UnixStream&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  UnixStream& operator=(UnixStream&& other) noexcept;
  ~UnixStream() { close(); }

  // Not open() when there is no such socket, nobody listens, or it may not be used.
  static UnixStream connect_to(const std::string& path);
  // Mode 0600 from the first moment on.
  static UnixStream listen_at(const std::string& path);

  bool open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  void close();

  UnixStream accept() const;
  // The user id of the process at the other end; -1 when unknown.
  long peer_user() const;
  // The process at the other end; of a server the one that listens. -1 when unknown.
  long peer_process() const;
  bool peer_has_gone() const;
  void receive_timeout(int seconds) const;  // 0: none

  // False when the other end has gone.
  bool send_frame(char type, std::string_view payload) const;
  // False at the end, after a timeout, or when the payload would be longer than `limit`.
  bool receive_frame(FrameHeader& header, std::string& payload, std::size_t limit) const;

 private:
  int descriptor_;
};

}  // namespace jawort
