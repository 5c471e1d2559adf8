// Tells the endpoints: takes what is due, posts it, writes down what they answered. No transaction
// is open while the network is asked. At least once: what was posted when the process died is
// posted again, under the same identifier.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/flow/context.h"
#include "engine/queue/relay_breaker.h"
#include "webhooks/outgoing/poster.h"

namespace jawort {

inline constexpr std::chrono::days kWebhookLogKept{30};

class WebhookPublisher {
 public:
  WebhookPublisher(const Context& context, std::unique_ptr<WebhookPoster> poster);

  // Goes through new events, begins what is due, and settles what ends within `within`. One thread
  // at a time. kStorage: the store refuses everything.
  Status round(milliseconds within);
  // Begins nothing new; settles what ends within `within`.
  Status finish(milliseconds within);
  // Ends a wait that is under way. Thread-safe.
  void wake() { poster_->wake(); }

 private:
  // What is known of an endpoint while the process lives.
  struct Channel {
    RelayBreaker breaker;
    std::optional<Instant> not_before;  // it asked for a pause
    std::set<ContactId> contacts;       // with a post under way
  };
  struct UnderWay {
    WebhookDeliveryRow delivery;
    bool probe = false;
  };
  struct Chosen {
    WebhookDeliveryRow delivery;
    WebhookPost post;
  };
  Status begin_due();
  Result<bool> look_at_oldest(const Tables& tables, const std::string& endpoint);
  Status choose(const Tables& tables, const Webhook& webhook, const WebhookEndpointRow& row,
                std::vector<Chosen>& chosen);
  int free_places(Channel& channel, Instant now) const;
  WebhookPost signed_post(const Webhook& webhook, const WebhookEndpointRow& row, std::string id,
                          std::string body) const;
  Status settle(const std::vector<EndedPost>& ended);
  Status settle_one(Tables& tables, const EndedPost& ended, Instant now);
  Status disable(Tables& tables, const std::string& endpoint, Instant now) const;
  void remember(const EndedPost& ended, const UnderWay& under_way);
  void show_oldest(const std::string& endpoint, std::optional<Instant> since);
  Status prune();

  const Context& context_;
  const std::unique_ptr<WebhookPoster> poster_;
  std::map<std::string, Channel> channels_;
  std::map<std::int64_t, UnderWay> under_way_;  // by ticket
  // Since when the oldest event waits, in milliseconds; 0: none does. For the metrics, which may be
  // read when this is gone.
  std::map<std::string, std::shared_ptr<std::atomic<std::int64_t>>> oldest_;
  std::int64_t last_ticket_ = 0;
  milliseconds pruned_at_{0};  // monotonic
};

}  // namespace jawort
