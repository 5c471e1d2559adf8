// Posts per form and client network in sliding windows (form.protect.per_client). In memory: a
// restart starts afresh, which costs nobody a lead.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/text.h"

namespace jawort {

// Thread-safe. Memory is bounded: beyond `posts_kept` remembered posts those of the network that
// was quiet the longest are forgotten, so under a flood from very many networks single ones may get
// more than their share, and nobody gets less.
class ClientLimit {
 public:
  explicit ClientLimit(const Clock& clock, std::size_t posts_kept = 500'000)
      : clock_(clock), posts_kept_(posts_kept) {}

  // Counts a post and answers nothing, or, over a limit, counts nothing and answers after how many
  // seconds (at least 1) the next one may come.
  std::optional<std::chrono::seconds> count_post(std::string_view form, std::string_view network,
                                                 const std::vector<RateLimit>& limits);

 private:
  struct Client {
    std::string key;
    std::deque<Instant> posts;  // oldest first, no more than the limits need
  };
  Client& touch(std::string key);
  void forget_quiet_ones();

  const Clock& clock_;
  const std::size_t posts_kept_;
  std::mutex mutex_;           // guards what follows
  std::list<Client> clients_;  // the most recent first
  std::unordered_map<std::string_view, std::list<Client>::iterator> by_key_;  // views into clients_
  std::size_t posts_ = 0;  // of all clients, and one per client for its own cost
};

}  // namespace jawort
