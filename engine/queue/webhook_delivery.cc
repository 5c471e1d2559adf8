#include "engine/queue/webhook_delivery.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jawort {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::pair<WebhookState, std::string_view>, 4> kStates = {{
    {WebhookState::kWaiting, "waiting"},
    {WebhookState::kDelivered, "delivered"},
    {WebhookState::kFailed, "failed"},
    {WebhookState::kSkipped, "skipped"},
}};

// The standard's example schedule; the first try is at once.
constexpr std::array<milliseconds, kMostWebhookTries - 1> kDelays = {
    seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
    hours{10},  hours{14},  hours{20},   hours{24}};

}  // namespace

std::string_view name_of(WebhookState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return name;
  }
  return "";
}

std::optional<WebhookState> parse_webhook_state(std::string_view name) {
  for (const auto& [state, known] : kStates) {
    if (known == name) return state;
  }
  return std::nullopt;
}

WebhookVerdict webhook_verdict(int status) {
  if (status >= 200 && status < 300) return WebhookVerdict::kTaken;
  return status == 410 ? WebhookVerdict::kGone : WebhookVerdict::kFailed;
}

std::optional<Instant> next_webhook_try(int attempts, Instant now,
                                        std::optional<std::chrono::seconds> retry_after,
                                        Random& random) {
  if (attempts < 1 || attempts > static_cast<int>(kDelays.size())) return std::nullopt;
  const milliseconds delay = kDelays[static_cast<std::size_t>(attempts - 1)];
  const auto spread = static_cast<std::uint64_t>(delay.count() / 5);
  const auto jitter = static_cast<std::int64_t>(random.below(spread + 1));
  const milliseconds planned = delay - delay / 10 + milliseconds{jitter};
  const milliseconds asked =
      std::clamp<milliseconds>(retry_after.value_or(seconds{0}), seconds{0}, kLongestRetryAfter);
  return now + std::max(planned, asked);
}

}  // namespace jawort
