#include "engine/flow/manage_webhooks.h"

#include <algorithm>
#include <limits>

#include "engine/evidence/leaf.h"
#include "engine/flow/webhook_secrets.h"
#include "webhooks/outgoing/signature.h"

namespace jawort {
namespace {

constexpr int kLookAt = 200;

Error no_such_webhook(std::string_view id) {
  return not_found("there is no webhook \"" + std::string(id) + "\"");
}

Result<WebhookEndpointRow> find_row(const Context& context, const Tables& tables,
                                    std::string_view id) {
  auto rows = tables.webhooks().endpoints();
  if (!rows.ok()) return rows.error();
  const auto row = std::ranges::find(*rows, id, &WebhookEndpointRow::id);
  if (row == rows->end() || context.definitions.get()->webhook(id) == nullptr) {
    return no_such_webhook(id);
  }
  return std::move(*row);
}

Result<WebhookView> view_of(const Tables& tables, const Webhook& webhook, WebhookEndpointRow row) {
  WebhookView view{webhook, std::move(row), 0, {}};
  const auto waiting = tables.webhooks().count_waiting(webhook.id);
  if (!waiting.ok()) return waiting.error();
  view.waiting = *waiting;
  const auto oldest = tables.webhooks().oldest_waiting(webhook.id);
  if (!oldest.ok()) return oldest.error();
  if (!*oldest) return view;
  const auto event = tables.events().find(**oldest);
  if (!event.ok()) return event.error();
  if (*event) view.oldest = (*event)->at;
  return view;
}

WebhookSecrets secrets_of(const Context& context, const WebhookEndpointRow& row) {
  const auto secrets = webhook_secrets(context.keys, row, context.clock.now());
  WebhookSecrets out{secret_text(secrets.front()), "", {}};
  if (secrets.size() > 1) {
    out.previous = secret_text(secrets[1]);
    out.previous_until = *row.rotated_at + kWebhookOldSecret;
  }
  return out;
}

// One change of an endpoint's row.
Status change(const Context& context, std::string_view id,
              const std::function<Status(Tables&, WebhookEndpointRow&)>& work) {
  return context.store.write([&](Tables& tables) -> Status {
    auto row = find_row(context, tables, id);
    if (!row.ok()) return row.error();
    JAWORT_TRY(work(tables, *row));
    return tables.webhooks().put_endpoint(*row);
  });
}

Status send_again(Tables& tables, WebhookDeliveryRow row, Instant now) {
  row.state = WebhookState::kWaiting;
  row.attempts = 0;
  row.next_at = now;
  return tables.webhooks().update(row);
}

Result<std::string> id_of(const Tables& tables, const WebhookDeliveryRow& row) {
  const auto event = tables.events().find(row.sequence);
  if (!event.ok()) return event.error();
  if (!*event) return internal_error("a webhook's delivery without its event");
  return webhook_id(row.sequence, row.part, leaf_hash((*event)->leaf));
}

}  // namespace

Result<std::vector<WebhookView>> list_webhooks(const Context& context) {
  std::vector<WebhookView> views;
  const auto set = context.definitions.get();
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    views.clear();
    for (const Webhook& webhook : set->webhooks()) {
      auto row = find_row(context, tables, webhook.id);
      if (!row.ok()) return row.error();
      auto view = view_of(tables, webhook, std::move(*row));
      if (!view.ok()) return view.error();
      views.push_back(std::move(*view));
    }
    return {};
  }));
  return views;
}

Result<WebhookView> show_webhook(const Context& context, std::string_view id) {
  auto views = list_webhooks(context);
  if (!views.ok()) return views.error();
  for (WebhookView& view : *views) {
    if (view.webhook.id == id) return std::move(view);
  }
  return no_such_webhook(id);
}

Result<WebhookSecrets> show_webhook_secrets(const Context& context, std::string_view id) {
  WebhookSecrets secrets;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto row = find_row(context, tables, id);
    if (!row.ok()) return row.error();
    secrets = secrets_of(context, *row);
    return {};
  }));
  return secrets;
}

Result<WebhookSecrets> rotate_webhook_secret(const Context& context, std::string_view id) {
  WebhookSecrets secrets;
  JAWORT_TRY(change(context, id, [&](Tables&, WebhookEndpointRow& row) -> Status {
    ++row.generation;
    row.rotated_at = context.clock.now();
    secrets = secrets_of(context, row);
    return {};
  }));
  context.log.info("webhook_secret_rotated", {{"endpoint", id}});
  return secrets;
}

Status disable_webhook(const Context& context, std::string_view id) {
  return change(context, id, [&](Tables&, WebhookEndpointRow& row) -> Status {
    if (row.disabled_at) return {};
    row.disabled_at = context.clock.now();
    row.disabled_because = "an operator disabled it";
    return {};
  });
}

Status enable_webhook(const Context& context, std::string_view id, bool from_now) {
  return change(context, id, [&](Tables& tables, WebhookEndpointRow& row) -> Status {
    row.disabled_at.reset();
    row.disabled_because.clear();
    if (!from_now) return {};
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    row.cursor = *last;
    return tables.webhooks().skip_waiting(id, context.clock.now());
  });
}

Status for_each_delivery(const Context& context, std::string_view id,
                         std::optional<WebhookState> state, int limit,
                         const std::function<void(const ListedDelivery&)>& see) {
  std::int64_t sequence = std::numeric_limits<std::int64_t>::max();
  int part = 0;
  for (int seen = 0; limit == 0 || seen < limit;) {
    const int wanted = limit == 0 ? kLookAt : std::min(kLookAt, limit - seen);
    std::vector<ListedDelivery> found;
    JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
      found.clear();
      const auto known = find_row(context, tables, id);
      if (!known.ok()) return known.error();
      const auto rows = tables.webhooks().page(id, state, sequence, part, wanted);
      if (!rows.ok()) return rows.error();
      for (const WebhookDeliveryRow& row : *rows) {
        auto name = id_of(tables, row);
        if (!name.ok()) return name.error();
        found.push_back({row, std::move(*name)});
      }
      return {};
    }));
    for (const ListedDelivery& one : found) see(one);
    seen += static_cast<int>(found.size());
    if (static_cast<int>(found.size()) < wanted) break;
    sequence = found.back().row.sequence;
    part = found.back().row.part;
  }
  return {};
}

Status redeliver_webhook(const Context& context, std::string_view id, std::string_view delivery) {
  const auto wanted = parse_webhook_id(delivery);
  if (!wanted) return invalid("\"" + std::string(delivery) + "\" is no id of a delivery: msg_…");
  return context.store.write([&](Tables& tables) -> Status {
    const auto known = find_row(context, tables, id);
    if (!known.ok()) return known.error();
    const auto row = tables.webhooks().find(id, wanted->sequence, wanted->part);
    if (!row.ok()) return row.error();
    if (!*row) return not_found("there is no such delivery, or none any more");
    const auto name = id_of(tables, **row);
    if (!name.ok()) return name.error();
    if (*name != delivery) return not_found("there is no such delivery, or none any more");
    if ((*row)->state == WebhookState::kWaiting) return refused("it is not over yet");
    return send_again(tables, **row, context.clock.now());
  });
}

Result<int> redeliver_failed(const Context& context, std::string_view id) {
  std::vector<WebhookDeliveryRow> failed;
  JAWORT_TRY(for_each_delivery(context, id, WebhookState::kFailed, 0,
                               [&](const ListedDelivery& one) { failed.push_back(one.row); }));
  int done = 0;
  for (std::size_t from = 0; from < failed.size(); from += kLookAt) {
    const std::size_t until = std::min(failed.size(), from + kLookAt);
    JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
      for (std::size_t i = from; i < until; ++i) {
        const auto row = tables.webhooks().find(id, failed[i].sequence, failed[i].part);
        if (!row.ok()) return row.error();
        if (!*row || (*row)->state != WebhookState::kFailed) continue;
        JAWORT_TRY(send_again(tables, **row, context.clock.now()));
      }
      return {};
    }));
    done += static_cast<int>(until - from);
  }
  return done;
}

}  // namespace jawort
