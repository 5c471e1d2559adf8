#include "engine/queue/retry.h"

namespace jawort {
namespace {

using std::chrono::minutes;

// `base` ± 10 %, so that mails deferred together do not come back together.
milliseconds with_jitter(milliseconds base, Random& random) {
  const auto tenth = base.count() / 10;
  const auto offset =
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(2 * tenth + 1)));
  return milliseconds{base.count() - tenth + offset};
}

}  // namespace

std::optional<Instant> next_attempt(int attempts, int counted, Instant now, Instant expires_at,
                                    Random& random) {
  milliseconds pause = minutes{60};
  if (attempts <= 1) pause = minutes{10};
  if (attempts == 2) pause = minutes{30};
  const Instant next = now + with_jitter(pause, random);
  if (next >= expires_at || counted > kMostTries) return std::nullopt;
  return next;
}

}  // namespace jawort
