#include "engine/flow/publish_events.h"

#include <algorithm>

#include "engine/flow/tell_others.h"

namespace jawort {
namespace {

struct Target {
  const Webhook* webhook = nullptr;
  WebhookEndpointRow row;
};

bool wants(const Webhook& webhook, std::string_view type) {
  return std::ranges::find(webhook.events, type) != webhook.events.end();
}

// Endpoints that are defined and known to the database.
Result<std::vector<Target>> targets_of(const DefinitionSet& set, const Tables& tables) {
  auto rows = tables.webhooks().endpoints();
  if (!rows.ok()) return rows.error();
  std::vector<Target> targets;
  for (WebhookEndpointRow& row : *rows) {
    const Webhook* const webhook = set.webhook(row.id);
    if (webhook != nullptr) targets.push_back({webhook, std::move(row)});
  }
  return targets;
}

void add_deliveries(const Target& target, const EventRow& event,
                    const std::vector<OutgoingEvent>& told, Instant now,
                    std::vector<WebhookDeliveryRow>& out) {
  if (event.sequence <= target.row.cursor) return;
  for (std::size_t part = 0; part < told.size(); ++part) {
    if (!wants(*target.webhook, told[part].type)) continue;
    WebhookDeliveryRow& row = out.emplace_back();
    row.endpoint = target.row.id;
    row.sequence = event.sequence;
    row.part = static_cast<int>(part);
    row.contact = event.contact;
    row.type = told[part].type;
    row.purpose = told[part].purpose;
    row.next_at = now;
  }
}

// What one look at the log has found.
struct Batch {
  std::vector<WebhookDeliveryRow> deliveries;
  std::vector<WebhookEndpointRow> before;  // of the endpoints that it is for
  std::int64_t until = 0;                  // sequence
  int walked = 0;
};

EventRow as_event(const StoredEvent& stored) {
  EventRow event;
  event.sequence = stored.sequence;
  event.at = from_millis(stored.at);
  event.type = stored.type;
  event.leaf = stored.leaf;
  event.contact = ContactId{stored.contact.value_or(0)};
  return event;
}

Status walk(const Tables& tables, std::int64_t after, int limit, const std::vector<Target>& targets,
            Instant now, Batch& batch) {
  const auto page = tables.events().page(after, limit);
  if (!page.ok()) return page.error();
  for (const StoredEvent& stored : *page) {
    batch.until = stored.sequence;
    ++batch.walked;
    if (!stored.contact || !is_told_to_others(stored.type)) continue;
    const EventRow event = as_event(stored);
    const auto told = told_by(tables, event);
    if (!told.ok()) return told.error();
    for (const Target& target : targets) {
      add_deliveries(target, event, *told, now, batch.deliveries);
    }
  }
  return {};
}

Result<Batch> next_batch(const Context& context, const DefinitionSet& set, int limit) {
  Batch batch;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    batch = {};
    auto targets = targets_of(set, tables);
    if (!targets.ok()) return targets.error();
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    std::erase_if(*targets, [&](const Target& target) {
      return target.row.disabled_at || target.row.cursor >= *last;
    });
    if (targets->empty()) return {};
    std::int64_t after = *last;
    for (const Target& target : *targets) {
      after = std::min(after, target.row.cursor);
      batch.before.push_back(target.row);
    }
    return walk(tables, after, limit, *targets, context.clock.now(), batch);
  }));
  return batch;
}

// Only for endpoints that stand where they stood when the log was read.
Status write_batch(Tables& tables, const Batch& batch) {
  auto rows = tables.webhooks().endpoints();
  if (!rows.ok()) return rows.error();
  for (WebhookEndpointRow& row : *rows) {
    const auto before = std::ranges::find(batch.before, row.id, &WebhookEndpointRow::id);
    const bool same = before != batch.before.end() && before->cursor == row.cursor;
    if (!same || row.disabled_at || row.cursor >= batch.until) continue;
    for (const WebhookDeliveryRow& delivery : batch.deliveries) {
      if (delivery.endpoint == row.id) JAWORT_TRY(tables.webhooks().queue(delivery));
    }
    row.cursor = batch.until;
    JAWORT_TRY(tables.webhooks().put_endpoint(row));
  }
  return {};
}

}  // namespace

Result<int> publish_events(const Context& context, int limit) {
  const auto set = context.definitions.get();
  const auto batch = next_batch(context, *set, limit);
  if (!batch.ok()) return batch.error();
  if (batch->walked == 0) return 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) { return write_batch(tables, *batch); }));
  return batch->walked;
}

Status begin_endpoints(const DefinitionSet& definitions, Tables& tables) {
  if (definitions.webhooks().empty()) return {};
  const auto rows = tables.webhooks().endpoints();
  if (!rows.ok()) return rows.error();
  const auto last = tables.events().last_sequence();
  if (!last.ok()) return last.error();
  for (const Webhook& webhook : definitions.webhooks()) {
    if (std::ranges::find(*rows, webhook.id, &WebhookEndpointRow::id) != rows->end()) continue;
    WebhookEndpointRow row;
    row.id = webhook.id;
    row.cursor = *last;
    JAWORT_TRY(tables.webhooks().put_endpoint(row));
  }
  return {};
}

Status publish_contact(const Context& context, Tables& tables, ContactId contact) {
  const auto set = context.definitions.get();
  if (set == nullptr || set->webhooks().empty()) return {};
  const auto targets = targets_of(*set, tables);
  if (!targets.ok()) return targets.error();
  if (targets->empty()) return {};
  const auto oldest =
      std::ranges::min(*targets, {}, [](const Target& target) { return target.row.cursor; });
  const auto events = tables.events().about(contact);
  if (!events.ok()) return events.error();
  std::vector<WebhookDeliveryRow> deliveries;
  for (const EventRow& event : *events) {
    if (event.sequence <= oldest.row.cursor) continue;
    const auto told = told_by(tables, event);
    if (!told.ok()) return told.error();
    for (const Target& target : *targets) {
      add_deliveries(target, event, *told, context.clock.now(), deliveries);
    }
  }
  for (const WebhookDeliveryRow& delivery : deliveries) {
    JAWORT_TRY(tables.webhooks().queue(delivery));
  }
  return {};
}

}  // namespace jawort
