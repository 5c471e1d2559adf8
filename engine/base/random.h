// The one door to entropy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace jawort {

// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  // Fills `out` with unpredictable bytes. Never fails: without entropy the process aborts.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out;
    fill(out);
    return out;
  }
  // Uniform in [0, bound). REQUIRES: bound > 0
  std::uint64_t below(std::uint64_t bound);
};

// getrandom(2), buffered per thread so that a salt does not cost a system call.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace jawort
