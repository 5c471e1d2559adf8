#include "engine/base/ids.h"

#include <algorithm>

namespace jawort {

std::string id_text(std::int64_t id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(16, '0');
  auto rest = static_cast<std::uint64_t>(id);
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, rest >>= 4U) {
    *digit = kDigits[rest & 0xFU];
  }
  return out;
}

std::optional<std::int64_t> parse_id_text(std::string_view text) {
  if (text.size() != 16 || text.front() > '7') return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else {
      return std::nullopt;
    }
    value = value << 4U | digit;
  }
  return static_cast<std::int64_t>(value);
}

std::int64_t IdSource::next_value() {
  const std::int64_t by_clock = to_millis(clock_.now()) << 20;
  std::int64_t last = last_.load(std::memory_order_relaxed);
  std::int64_t next = 0;
  do {
    next = std::max(last + 1, by_clock);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return next;
}

}  // namespace jawort
