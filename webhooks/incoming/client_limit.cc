#include "webhooks/incoming/client_limit.h"

#include <algorithm>

namespace jawort {

ClientLimit::Client& ClientLimit::touch(std::string key) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    clients_.splice(clients_.begin(), clients_, found->second);
    return clients_.front();
  }
  clients_.push_front({std::move(key), {}});
  by_key_.emplace(clients_.front().key, clients_.begin());
  ++posts_;
  return clients_.front();
}

void ClientLimit::forget_quiet_ones() {
  while (posts_ > posts_kept_ && clients_.size() > 1) {
    posts_ -= clients_.back().posts.size() + 1;
    by_key_.erase(clients_.back().key);
    clients_.pop_back();
  }
}

std::optional<std::chrono::seconds> ClientLimit::count_post(std::string_view form,
                                                            std::string_view network,
                                                            const std::vector<RateLimit>& limits) {
  if (limits.empty()) return std::nullopt;
  // Steps of the wall clock must neither open nor close a limit.
  const Instant now{clock_.monotonic()};
  const std::lock_guard lock(mutex_);
  Client& client = touch(std::string(form) + ' ' + std::string(network));
  Instant free_at = now;
  std::size_t needed = 0;
  for (const RateLimit& limit : limits) {
    const auto count = static_cast<std::size_t>(std::max(limit.count, 0));
    needed = std::max(needed, count);
    if (count == 0) free_at = std::max(free_at, plus(now, limit.window));
    if (count == 0 || client.posts.size() < count) continue;
    // The post that must have left the window before another one fits in.
    const Instant oldest = client.posts[client.posts.size() - count];
    free_at = std::max(free_at, plus(oldest, limit.window));
  }
  if (free_at > now) {
    return std::max(std::chrono::seconds(1),
                    std::chrono::ceil<std::chrono::seconds>(free_at - now));
  }
  client.posts.push_back(now);
  ++posts_;
  for (; client.posts.size() > needed; --posts_) client.posts.pop_front();
  forget_quiet_ones();
  return std::nullopt;
}

}  // namespace jawort
