// Whoever started us and waits to hear how we are: systemd with Type=notify, or another that speaks
// its protocol (sd_notify(3)), datagrams to the socket that $NOTIFY_SOCKET names.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace jawort {

// Thread-safe but for from_environment(). Where nobody waits, every message is lost with success.
class Supervisor {
 public:
  // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment.
  // REQUIRES: no other thread runs yet.
  static Supervisor from_environment();

  // How it goes, in one line for `systemctl status`. The messages answer false when the supervisor
  // could not be told.
  bool status(std::string_view text) const;
  bool ready(std::string_view text) const;
  // The stop has begun and may take so long, whatever TimeoutStopSec= says.
  bool stopping(std::chrono::seconds within) const;
  bool alive() const;  // WATCHDOG=1

  // alive() is due within this time, each time; 0: nobody asks for it.
  std::chrono::microseconds patience() const { return patience_; }

 private:
  bool send(const std::string& message) const;

  std::string socket_;  // as in the environment; a leading @ stands for NUL. Empty: nobody waits
  std::chrono::microseconds patience_{0};
};

}  // namespace jawort
