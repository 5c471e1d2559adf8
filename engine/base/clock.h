// The one door to the clock. Rules never read it: they are handed an Instant.
#pragma once

#include <chrono>

namespace jawort {

// A moment in UTC, milliseconds since 1970-01-01 (POSIX: leap seconds are not counted).
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock; may step backwards when an operator or NTP sets it.
  virtual Instant now() const = 0;
  // Never runs backwards; only differences mean something. For deadlines and measuring.
  virtual milliseconds monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  milliseconds monotonic() const override;
};

// For the database and the evidence: milliseconds since 1970 as an integer, and back.
inline std::int64_t to_millis(Instant at) { return at.time_since_epoch().count(); }
inline Instant from_millis(std::int64_t millis) { return Instant{milliseconds{millis}}; }

}  // namespace jawort
