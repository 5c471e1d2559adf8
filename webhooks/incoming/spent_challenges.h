// Proofs of work that were used, until they expire. In memory: a restart forgets them, which lets
// each be used once more within its minutes.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "engine/base/clock.h"

namespace jawort {

// Thread-safe. Bounded: beyond `kept` the one spent first is forgotten; somebody solved as many
// challenges after it.
class SpentChallenges {
 public:
  explicit SpentChallenges(std::size_t kept = 200'000) : kept_(kept) {}

  // False: it was spent before. `challenge` is genuine, so its digits are as good as random.
  bool spend(std::string_view challenge, Instant expires_at, Instant now);
  // The post that spent it was not taken after all.
  void give_back(std::string_view challenge);

 private:
  const std::size_t kept_;
  std::mutex mutex_;  // guards what follows
  std::unordered_set<std::uint64_t> spent_;
  std::deque<std::pair<Instant, std::uint64_t>> in_order_;  // expiry and key, the oldest first
};

}  // namespace jawort
