// Key material and passwords: wiped when they go, never printed, compared in constant time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/base/bytes.h"

namespace jawort {

// Movable, not copyable, without an output operator: a secret cannot slip into a log line.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  bool empty() const { return bytes_.empty(); }
  ByteView reveal() const { return bytes_; }
  std::string_view reveal_text() const { return as_text(bytes_); }
  Secret duplicate() const { return Secret(Bytes(bytes_)); }

 private:
  void wipe();
  Bytes bytes_;
};

// Time depends on the lengths only.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace jawort
