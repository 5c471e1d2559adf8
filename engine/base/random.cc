#include "engine/base/random.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/random.h>

namespace jawort {
namespace {

void read_kernel(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // salts and keys without entropy would be worse than no service
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
  // Rejects the uneven rest, so that every value is equally likely.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const auto raw = bytes<8>();
    std::uint64_t value = 0;
    std::memcpy(&value, raw.data(), raw.size());
    if (value < limit) return value % bound;
  }
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  struct Pool {
    std::array<std::uint8_t, 512> bytes;
    std::size_t used = 512;
  };
  thread_local Pool pool;
  while (!out.empty()) {
    if (pool.used == pool.bytes.size()) {
      read_kernel(pool.bytes);
      pool.used = 0;
    }
    const std::size_t take = std::min(out.size(), pool.bytes.size() - pool.used);
    std::memcpy(out.data(), pool.bytes.data() + pool.used, take);
    // Handed out once: what became a salt or a key does not stay behind in the pool.
    std::memset(pool.bytes.data() + pool.used, 0, take);
    pool.used += take;
    out = out.subspan(take);
  }
}

}  // namespace jawort
