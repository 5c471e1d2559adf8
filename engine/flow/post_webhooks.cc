#include "engine/flow/post_webhooks.h"

#include <algorithm>

#include "engine/flow/publish_events.h"
#include "engine/flow/tell_others.h"
#include "engine/flow/webhook_secrets.h"
#include "webhooks/outgoing/signature.h"

namespace jawort {
namespace {

constexpr int kEventsAtOnce = 500;
constexpr int kPostsPerEndpoint = 4;  // under way at a time; more would only queue up there
constexpr int kPrunedAtOnce = 500;
constexpr milliseconds kPrunePause{60'000};

void count(const Context& context, const std::string& endpoint, std::string_view outcome,
           std::uint64_t by = 1) {
  context.metrics
      .counter("jawort_webhook_deliveries_total{endpoint=\"" + endpoint + "\",outcome=\"" +
                   std::string(outcome) + "\"}",
               "Posts to webhooks, by what came of them")
      .add(by);
}

}  // namespace

WebhookPublisher::WebhookPublisher(const Context& context, std::unique_ptr<WebhookPoster> poster)
    : context_(context), poster_(std::move(poster)) {}

Status WebhookPublisher::round(milliseconds within) {
  const auto set = context_.definitions.get();
  if (!set->webhooks().empty()) {
    const auto walked = publish_events(context_, kEventsAtOnce);
    if (!walked.ok()) return walked.error();
    if (*walked == kEventsAtOnce) within = milliseconds{0};
    JAWORT_TRY(begin_due());
    JAWORT_TRY(prune());
  }
  return settle(poster_->wait(within));
}

Status WebhookPublisher::finish(milliseconds within) {
  const milliseconds deadline = context_.clock.monotonic() + within;
  while (!under_way_.empty()) {
    const milliseconds left = deadline - context_.clock.monotonic();
    if (left <= milliseconds{0}) break;
    JAWORT_TRY(settle(poster_->wait(left)));
  }
  return {};
}

Status WebhookPublisher::begin_due() {
  const auto set = context_.definitions.get();
  std::vector<Chosen> chosen;
  JAWORT_TRY(context_.store.read([&](const Tables& tables) -> Status {
    chosen.clear();
    const auto pause = tables.outbox().pause();
    if (!pause.ok()) return pause.error();
    const auto rows = tables.webhooks().endpoints();
    if (!rows.ok()) return rows.error();
    for (const WebhookEndpointRow& row : *rows) {
      const Webhook* const webhook = set->webhook(row.id);
      if (webhook == nullptr) continue;
      const auto waits = look_at_oldest(tables, row.id);
      if (!waits.ok()) return waits.error();
      const bool told = *waits && !row.disabled_at && !*pause;
      if (told) JAWORT_TRY(choose(tables, *webhook, row, chosen));
    }
    return {};
  }));
  for (Chosen& one : chosen) {
    Channel& channel = channels_[one.delivery.endpoint];
    channel.contacts.insert(one.delivery.contact);
    one.post.ticket = ++last_ticket_;
    under_way_[last_ticket_] = {std::move(one.delivery), channel.breaker.begun()};
    poster_->start(std::move(one.post));
  }
  return {};
}

// While an endpoint fails, one post at a time looks whether it is back.
int WebhookPublisher::free_places(Channel& channel, Instant now) const {
  if (channel.not_before && now < *channel.not_before) return 0;
  const auto at = channel.breaker.next_at(context_.clock.monotonic());
  if (!at || *at > context_.clock.monotonic()) return 0;
  const int most = channel.breaker.open() ? 1 : kPostsPerEndpoint;
  return most - static_cast<int>(channel.contacts.size());
}

// Whether anything waits; for the metrics, since when, also while nothing may go.
Result<bool> WebhookPublisher::look_at_oldest(const Tables& tables, const std::string& endpoint) {
  const auto oldest = tables.webhooks().oldest_waiting(endpoint);
  if (!oldest.ok()) return oldest.error();
  std::optional<Instant> since;
  if (*oldest) {
    const auto event = tables.events().find(**oldest);
    if (!event.ok()) return event.error();
    if (*event) since = (*event)->at;
  }
  show_oldest(endpoint, since);
  return oldest->has_value();
}

Status WebhookPublisher::choose(const Tables& tables, const Webhook& webhook,
                                const WebhookEndpointRow& row, std::vector<Chosen>& chosen) {
  const Instant now = context_.clock.now();
  Channel& channel = channels_[row.id];
  int places = free_places(channel, now);
  if (places <= 0) return {};
  // What is under way is still due by the table.
  const int busy = static_cast<int>(channel.contacts.size());
  const auto due = tables.webhooks().due(row.id, now, places + busy);
  if (!due.ok()) return due.error();
  std::set<ContactId> taken = channel.contacts;
  for (const WebhookDeliveryRow& delivery : *due) {
    if (places == 0 || !taken.insert(delivery.contact).second) continue;
    auto composed = compose_webhook(tables, delivery, webhook.include_personal);
    if (!composed.ok()) return composed.error();
    chosen.push_back(
        {delivery, signed_post(webhook, row, std::move(composed->id), std::move(composed->body))});
    --places;
  }
  return {};
}

WebhookPost WebhookPublisher::signed_post(const Webhook& webhook, const WebhookEndpointRow& row,
                                          std::string id, std::string body) const {
  const Instant now = context_.clock.now();
  WebhookPost post;
  post.url = webhook.url;
  post.id = std::move(id);
  post.body = std::move(body);
  post.timestamp = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  post.signatures = webhook_signatures(webhook_secrets(context_.keys, row, now), post.id,
                                       post.timestamp, post.body);
  return post;
}

Status WebhookPublisher::settle(const std::vector<EndedPost>& ended) {
  if (ended.empty()) return {};
  const Instant now = context_.clock.now();
  JAWORT_TRY(context_.store.write([&](Tables& tables) -> Status {
    for (const EndedPost& one : ended) JAWORT_TRY(settle_one(tables, one, now));
    return {};
  }));
  for (const EndedPost& one : ended) {
    const auto found = under_way_.find(one.ticket);
    if (found == under_way_.end()) continue;
    remember(one, found->second);
    under_way_.erase(found);
  }
  return {};
}

Status WebhookPublisher::settle_one(Tables& tables, const EndedPost& ended, Instant now) {
  const auto found = under_way_.find(ended.ticket);
  if (found == under_way_.end()) return {};
  const WebhookDeliveryRow& sent = found->second.delivery;
  auto row = tables.webhooks().find(sent.endpoint, sent.sequence, sent.part);
  if (!row.ok()) return row.error();
  // An operator had it skipped meanwhile.
  if (!*row || (*row)->state != WebhookState::kWaiting) return {};
  WebhookDeliveryRow& delivery = **row;
  ++delivery.attempts;
  delivery.last_at = now;
  delivery.last_status = ended.status;
  delivery.last_problem = ended.problem;
  switch (webhook_verdict(ended.status)) {
    case WebhookVerdict::kTaken:
      delivery.state = WebhookState::kDelivered;
      delivery.next_at.reset();
      break;
    case WebhookVerdict::kGone:
      delivery.next_at = now;  // once somebody enables the endpoint again
      JAWORT_TRY(disable(tables, sent.endpoint, now));
      break;
    case WebhookVerdict::kFailed:
      delivery.next_at =
          next_webhook_try(delivery.attempts, now, ended.retry_after, context_.random);
      if (!delivery.next_at) delivery.state = WebhookState::kFailed;
      break;
  }
  JAWORT_TRY(tables.webhooks().update(delivery));
  if (delivery.state == WebhookState::kWaiting) return {};
  return tables.webhooks().let_next_go(sent.endpoint, delivery.contact, now);
}

Status WebhookPublisher::disable(Tables& tables, const std::string& endpoint, Instant now) const {
  auto rows = tables.webhooks().endpoints();
  if (!rows.ok()) return rows.error();
  const auto row = std::ranges::find(*rows, endpoint, &WebhookEndpointRow::id);
  if (row == rows->end() || row->disabled_at) return {};
  row->disabled_at = now;
  row->disabled_because = "it answered 410 Gone";
  return tables.webhooks().put_endpoint(*row);
}

// What is not in the database: whether the endpoint answers, what is counted and logged.
void WebhookPublisher::remember(const EndedPost& ended, const UnderWay& under_way) {
  const WebhookDeliveryRow& delivery = under_way.delivery;
  Channel& channel = channels_[delivery.endpoint];
  channel.contacts.erase(delivery.contact);
  const WebhookVerdict verdict = webhook_verdict(ended.status);
  const std::string_view endpoint = delivery.endpoint;
  if (verdict == WebhookVerdict::kTaken) {
    channel.breaker.answered();
    channel.not_before.reset();
    return count(context_, delivery.endpoint, "delivered");
  }
  channel.breaker.failed(under_way.probe, context_.clock.monotonic());
  if (ended.retry_after) {
    channel.not_before = context_.clock.now() +
                         std::min<std::chrono::seconds>(*ended.retry_after, kLongestRetryAfter);
  }
  if (verdict == WebhookVerdict::kGone) {
    context_.log.warning("webhook_disabled",
                         {{"endpoint", endpoint},
                          {"reason", "it answered 410 Gone"},
                          {"advice", "jawort webhook enable goes on where it stopped"}});
  } else if (delivery.attempts + 1 >= kMostWebhookTries) {
    count(context_, delivery.endpoint, "given_up");
    context_.log.error("webhook_given_up", {{"endpoint", endpoint},
                                            {"sequence", delivery.sequence},
                                            {"advice", "jawort webhook redeliver sends it again"}});
  }
  count(context_, delivery.endpoint, "failed");
  context_.log.info("webhook_failed", {{"endpoint", endpoint},
                                       {"sequence", delivery.sequence},
                                       {"status", std::int64_t{ended.status}},
                                       {"reason", std::string_view(ended.problem)}});
}

void WebhookPublisher::show_oldest(const std::string& endpoint, std::optional<Instant> since) {
  auto& shown = oldest_[endpoint];
  if (shown == nullptr) {
    shown = std::make_shared<std::atomic<std::int64_t>>(0);
    for (const char* const outcome : {"delivered", "failed", "given_up"}) {
      count(context_, endpoint, outcome, 0);
    }
    context_.metrics.gauge("jawort_webhook_oldest_waiting_seconds{endpoint=\"" + endpoint + "\"}",
                           "How long ago the oldest event happened that the endpoint was not told",
                           [shown, &clock = context_.clock] {
                             const std::int64_t at = shown->load();
                             if (at == 0) return 0.0;
                             const std::int64_t age = to_millis(clock.now()) - at;
                             return static_cast<double>(std::max<std::int64_t>(age, 0)) / 1000;
                           });
  }
  shown->store(since ? to_millis(*since) : 0);
}

Status WebhookPublisher::prune() {
  const milliseconds now = context_.clock.monotonic();
  if (pruned_at_ != milliseconds{0} && now - pruned_at_ < kPrunePause) return {};
  const Instant before = context_.clock.now() - kWebhookLogKept;
  int gone = 0;
  JAWORT_TRY(context_.store.write([&](Tables& tables) -> Status {
    const auto pruned = tables.webhooks().prune(before, kPrunedAtOnce);
    if (!pruned.ok()) return pruned.error();
    gone = *pruned;
    return {};
  }));
  if (gone < kPrunedAtOnce) pruned_at_ = now;
  return {};
}

}  // namespace jawort
