// When a post is answered that must not tell what is known of an address.
#pragma once

#include "webhooks/incoming/site.h"

namespace jawort {

// What is known of an address makes some tenths of a millisecond of difference in the store, more
// on a slow disk. So answers go at the next full step after the post arrived, and nearly all posts
// are done within the first step. Nobody feels eight milliseconds. Where many posts are under way,
// each waits for all others, by more and by chance; a long step would then only cost throughput.
inline constexpr milliseconds kAnswerStep{8};
inline constexpr milliseconds kBusyStep{2};
inline constexpr int kManyPosts = 8;

// From the arrival of a post to its answer. The step is chosen at the arrival: what comes later may
// depend on the address.
class PostTime {
 public:
  explicit PostTime(Site& site)
      : site_(site),
        arrived_(site.context.clock.monotonic()),
        step_(site.posts_under_way.fetch_add(1) < kManyPosts ? kAnswerStep : kBusyStep) {}
  ~PostTime() { site_.posts_under_way.fetch_sub(1); }
  PostTime(const PostTime&) = delete;
  PostTime& operator=(const PostTime&) = delete;

  milliseconds next_step() const {
    const milliseconds spent = site_.context.clock.monotonic() - arrived_;
    return arrived_ + (spent / step_ + 1) * step_;
  }

 private:
  Site& site_;
  const milliseconds arrived_;
  const milliseconds step_;
};

}  // namespace jawort
