// The table of outgoing webhooks; a part of store.h.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "db/rows.h"
#include "engine/base/result.h"

namespace jawort {

// What endpoints of webhooks are told. Of one contact they are told one thing after the other, in
// the order of the log; `next_at` is set for the first of them only.
class WebhookTable {
 public:
  virtual ~WebhookTable() = default;
  virtual Result<std::vector<WebhookEndpointRow>> endpoints() const = 0;  // in order of id
  virtual Status put_endpoint(const WebhookEndpointRow& row) = 0;         // inserts or replaces

  // Inserts it as waiting, due at next_at, or once those before it about its contact are over. One
  // that is there already stays as it is.
  virtual Status queue(const WebhookDeliveryRow& row) = 0;
  virtual Result<std::optional<WebhookDeliveryRow>> find(std::string_view endpoint,
                                                         std::int64_t sequence, int part) const = 0;
  // Waiting with next_at <= now, in order of next_at, by an index.
  virtual Result<std::vector<WebhookDeliveryRow>> due(std::string_view endpoint, Instant now,
                                                      int limit) const = 0;
  // Newest first, those before (sequence, part); all states, or that one.
  virtual Result<std::vector<WebhookDeliveryRow>> page(std::string_view endpoint,
                                                       std::optional<WebhookState> state,
                                                       std::int64_t sequence, int part,
                                                       int limit) const = 0;
  virtual Status update(const WebhookDeliveryRow& row) = 0;
  // The first that waits about this contact may go.
  virtual Status let_next_go(std::string_view endpoint, ContactId contact, Instant at) = 0;
  // All that waits is over, undelivered.
  virtual Status skip_waiting(std::string_view endpoint, Instant now) = 0;
  // The sequence of the oldest event that waits, by an index; how many wait.
  virtual Result<std::optional<std::int64_t>> oldest_waiting(std::string_view endpoint) const = 0;
  virtual Result<std::int64_t> count_waiting(std::string_view endpoint) const = 0;
  // Forgets what was over before that, at most `limit`, by an index. Answers how many went.
  virtual Result<int> prune(Instant before, int limit) = 0;
};

}  // namespace jawort
