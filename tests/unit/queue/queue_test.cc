#include "engine/queue/outbox.h"
#include "engine/queue/retry.h"
#include "tests/support/catch.h"

using namespace jawort;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("retries: greylisting ends in 12 minutes, two in the first hour, then at most 66 apart") {
  SystemRandom random;
  const Instant queued = from_millis(1'700'000'000'000);
  for (int run = 0; run < 200; ++run) {
    Instant at = queued;
    std::vector<milliseconds> pauses;
    for (int failures = 1; failures < 200; ++failures) {
      const auto next = next_attempt(failures, failures, at, queued + hours{24 * 30}, random);
      if (!next) break;
      REQUIRE(*next > at);
      pauses.push_back(*next - at);
      at = *next;
    }
    REQUIRE(pauses.size() > 100);
    CHECK(pauses[0] <= minutes{12});
    CHECK(pauses[0] + pauses[1] <= hours{1});
    CHECK(pauses[0] + pauses[1] + pauses[2] > hours{1});
    for (std::size_t i = 2; i < pauses.size(); ++i) {
      CHECK(pauses[i] >= minutes{54});
      CHECK(pauses[i] <= minutes{66});
    }
    // Five days, as exactly as the jitter of so many pauses lets it be.
    CHECK(at > queued + hours{5 * 24 - 4});
    CHECK(at < queued + hours{5 * 24 + 4});
  }
}

TEST_CASE("no retry once the link would be dead") {
  SystemRandom random;
  const Instant queued = from_millis(1'700'000'000'000);
  CHECK_FALSE(next_attempt(1, 1, queued, queued + minutes{8}, random));
  CHECK(next_attempt(1, 1, queued, queued + minutes{12}, random));
}

TEST_CASE("nothing leaves a final state, and what is sent was handed over") {
  for (int from = 0; from < 7; ++from) {
    for (int to = 0; to < 7; ++to) {
      const auto a = static_cast<OutboxState>(from);
      const auto b = static_cast<OutboxState>(to);
      INFO(name_of(a) << " → " << name_of(b));
      if (is_final(a)) CHECK_FALSE(may_follow(a, b));
      if (b == OutboxState::kSent) CHECK(may_follow(a, b) == (a == OutboxState::kHandingOver));
      if (b == OutboxState::kHandingOver) {
        CHECK(may_follow(a, b) == (a == OutboxState::kAttempting));
      }
    }
    CHECK(parse_outbox_state(name_of(static_cast<OutboxState>(from))) ==
          static_cast<OutboxState>(from));
  }
}
