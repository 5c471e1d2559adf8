#include "webhooks/incoming/spent_challenges.h"

#include <algorithm>
#include <charconv>

namespace jawort {
namespace {

std::uint64_t key_of(std::string_view challenge) {
  std::uint64_t key = 0;
  std::from_chars(challenge.data(), challenge.data() + std::min<std::size_t>(challenge.size(), 16),
                  key, 16);
  return key;
}

}  // namespace

bool SpentChallenges::spend(std::string_view challenge, Instant expires_at, Instant now) {
  const std::lock_guard lock(mutex_);
  while (!in_order_.empty() && (in_order_.front().first < now || in_order_.size() >= kept_)) {
    spent_.erase(in_order_.front().second);
    in_order_.pop_front();
  }
  if (!spent_.insert(key_of(challenge)).second) return false;
  in_order_.emplace_back(expires_at, key_of(challenge));
  return true;
}

void SpentChallenges::give_back(std::string_view challenge) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t key = key_of(challenge);
  spent_.erase(key);
  // It was spent a moment ago, so it stands near the end.
  const auto entry = std::find_if(in_order_.rbegin(), in_order_.rend(),
                                  [&](const auto& one) { return one.second == key; });
  if (entry != in_order_.rend()) in_order_.erase(std::prev(entry.base()));
}

}  // namespace jawort
