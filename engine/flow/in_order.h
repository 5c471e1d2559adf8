// Work on several threads whose answers are taken one after the other.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/base/result.h"

namespace jawort {

// Until `next` has no job any more, runs `work` on one after the other in `threads` threads, and
// hands the answers to `take` in the order of the jobs. `next` and `take` are called by the calling
// thread. Ends at the first error of any of them; work that was begun is waited for.
template <typename Job, typename Answer>
Status in_order(std::size_t threads, const std::function<Result<std::optional<Job>>()>& next,
                const std::function<Result<Answer>(const Job&)>& work,
                const std::function<Status(Answer)>& take) {
  std::deque<std::future<Result<Answer>>> running;
  const auto start = [&](Job job) {
    try {
      running.push_back(std::async(std::launch::async, work, job));
    } catch (const std::system_error&) {  // no thread to be had: then by this one, when its turn is
      running.push_back(std::async(std::launch::deferred, work, std::move(job)));
    }
  };
  bool more = true;
  while (more || !running.empty()) {
    while (more && running.size() <= threads) {
      auto job = next();
      if (!job.ok()) return job.error();
      more = job->has_value();
      if (more) start(std::move(**job));
    }
    if (running.empty()) break;
    Result<Answer> answer = running.front().get();
    running.pop_front();
    if (!answer.ok()) return answer.error();
    JAWORT_TRY(take(std::move(*answer)));
  }
  return {};
}

}  // namespace jawort
