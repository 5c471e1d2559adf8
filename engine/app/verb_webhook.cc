// `jawort webhook …`: endpoints that are told what happens, and what came of it.
#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/manage_webhooks.h"
#include "engine/flow/webhook_secrets.h"
#include "webhooks/outgoing/curl_poster.h"
#include "webhooks/outgoing/payload.h"
#include "webhooks/outgoing/signature.h"

namespace jawort {
namespace {

constexpr int kDeliveriesShown = 50;

std::string moment_json(const std::optional<Instant>& at) {
  return at ? json_quote(rfc3339(*at)) : "null";
}
std::string text_or_null(std::string_view text) { return text.empty() ? "null" : json_quote(text); }

std::string webhook_json(const WebhookView& view) {
  std::string events;
  for (const std::string& event : view.webhook.events) {
    events += (events.empty() ? "" : ",") + json_quote(event);
  }
  return "{\"id\":" + json_quote(view.webhook.id) + ",\"url\":" + json_quote(view.webhook.url) +
         ",\"events\":[" + events +
         "],\"include_personal\":" + (view.webhook.include_personal ? "true" : "false") +
         ",\"state\":" + (view.row.disabled_at ? "\"disabled\"" : "\"active\"") +
         ",\"disabled_at\":" + moment_json(view.row.disabled_at) +
         ",\"disabled_because\":" + text_or_null(view.row.disabled_because) +
         ",\"waiting\":" + std::to_string(view.waiting) +
         ",\"oldest_waiting_at\":" + moment_json(view.oldest) +
         ",\"rotated_at\":" + moment_json(view.row.rotated_at) + "}";
}

std::string state_text(const WebhookView& view) {
  if (view.row.disabled_at) {
    return "disabled since " + rfc3339(*view.row.disabled_at) + ": " + view.row.disabled_because;
  }
  return "active";
}

std::string waiting_text(const WebhookView& view) {
  if (view.waiting == 0) return "nothing waits";
  return std::to_string(view.waiting) + " wait" +
         (view.oldest ? ", the oldest since " + rfc3339(*view.oldest) : "");
}

std::string webhook_text(const WebhookView& view) {
  std::string events;
  for (const std::string& event : view.webhook.events) {
    events += (events.empty() ? "" : ", ") + event;
  }
  return aligned(
      {{view.webhook.id, printable(view.webhook.url)},
       {"  state", state_text(view)},
       {"  events", events},
       {"  address", view.webhook.include_personal ? "goes along" : "does not go along"},
       {"  queue", waiting_text(view)},
       {"  secret", view.row.rotated_at ? "rotated at " + rfc3339(*view.row.rotated_at)
                                        : "the first one; `jawort webhook secret` shows it"}});
}

std::string secrets_json(const WebhookSecrets& secrets) {
  return "{\"secret\":" + json_quote(secrets.current) +
         ",\"previous\":" + text_or_null(secrets.previous) +
         ",\"previous_until\":" + moment_json(secrets.previous_until) + "}\n";
}

std::string secrets_text(const WebhookSecrets& secrets) {
  std::string text = secrets.current + "\n";
  if (!secrets.previous.empty()) {
    text += "The one before it signs too until " + rfc3339(*secrets.previous_until) + ": " +
            secrets.previous + "\n";
  }
  return text;
}

std::string delivery_json(const ListedDelivery& one) {
  const WebhookDeliveryRow& row = one.row;
  return "{\"id\":" + json_quote(one.id) + ",\"type\":" + json_quote(row.type) +
         ",\"purpose\":" + text_or_null(row.purpose) +
         ",\"contact_id\":" + json_quote(id_text(row.contact.value)) +
         ",\"sequence\":" + std::to_string(row.sequence) +
         ",\"state\":" + json_quote(name_of(row.state)) +
         ",\"attempts\":" + std::to_string(row.attempts) +
         ",\"next_at\":" + moment_json(row.next_at) + ",\"last_at\":" + moment_json(row.last_at) +
         ",\"last_status\":" + (row.last_status == 0 ? "null" : std::to_string(row.last_status)) +
         ",\"last_problem\":" + text_or_null(row.last_problem) + "}";
}

std::vector<std::string> delivery_cells(const ListedDelivery& one) {
  const WebhookDeliveryRow& row = one.row;
  std::string answer = row.last_status == 0 ? row.last_problem : std::to_string(row.last_status);
  return {one.id,
          row.type,
          row.purpose,
          std::string(name_of(row.state)),
          std::to_string(row.attempts) + (row.attempts == 1 ? " try" : " tries"),
          row.next_at ? "next " + rfc3339(*row.next_at) : "",
          std::move(answer)};
}

int done(const Invocation& invocation, Console& console, const Status& status,
         const std::string& text) {
  if (!status.ok()) return report(console, status.error());
  console.out(invocation.json ? "{\"done\":true}\n" : text + "\n");
  return kExitDone;
}

}  // namespace

int verb_webhook_list(const Context& context, const Invocation& invocation, Console& console) {
  const auto views = list_webhooks(context);
  if (!views.ok()) return report(console, views.error());
  std::string json;
  std::vector<std::vector<std::string>> rows;
  for (const WebhookView& view : *views) {
    json += (json.empty() ? "" : ",") + webhook_json(view);
    rows.push_back(
        {view.webhook.id, printable(view.webhook.url), state_text(view), waiting_text(view)});
  }
  if (invocation.json) {
    console.out("{\"webhooks\":[" + json + "]}\n");
  } else {
    console.out(rows.empty() ? "no webhooks; a [[webhook]] in a definition makes one\n"
                             : aligned(rows));
  }
  return kExitDone;
}

int verb_webhook_show(const Context& context, const Invocation& invocation, Console& console) {
  const auto view = show_webhook(context, invocation.arguments.front());
  if (!view.ok()) return report(console, view.error());
  console.out(invocation.json ? webhook_json(*view) + "\n" : webhook_text(*view));
  return kExitDone;
}

int verb_webhook_secret(const Context& context, const Invocation& invocation, Console& console) {
  const bool rotate = invocation.verb == "webhook rotate";
  const auto secrets = (rotate ? rotate_webhook_secret : show_webhook_secrets)(
      context, invocation.arguments.front());
  if (!secrets.ok()) return report(console, secrets.error());
  console.out(invocation.json ? secrets_json(*secrets) : secrets_text(*secrets));
  return kExitDone;
}

int verb_webhook_switch(const Context& context, const Invocation& invocation, Console& console) {
  const std::string& id = invocation.arguments.front();
  if (invocation.verb == "webhook disable") {
    return done(invocation, console, disable_webhook(context, id),
                id + " is told nothing until `jawort webhook enable " + id + "`");
  }
  return done(invocation, console, enable_webhook(context, id, invocation.from_now),
              invocation.from_now ? id + " is told what happens from now on"
                                  : id + " goes on where it stopped");
}

int verb_webhook_deliveries(const Context& context, const Invocation& invocation,
                            Console& console) {
  std::optional<WebhookState> state;
  if (!invocation.state.empty()) {
    state = parse_webhook_state(invocation.state);
    if (!state) {
      return report(console, invalid("--state: waiting, delivered, failed or skipped"));
    }
  }
  const int limit = invocation.all ? 0 : invocation.limit > 0 ? invocation.limit : kDeliveriesShown;
  std::string separator;
  std::vector<std::vector<std::string>> rows;
  if (invocation.json) console.out("{\"deliveries\":[");
  const Status listed = for_each_delivery(context, invocation.arguments.front(), state, limit,
                                          [&](const ListedDelivery& one) {
                                            if (!invocation.json) {
                                              rows.push_back(delivery_cells(one));
                                              return;
                                            }
                                            console.out(separator + delivery_json(one));
                                            separator = ",";
                                          });
  if (invocation.json) console.out("]}\n");
  if (!listed.ok()) return report(console, listed.error());
  if (!invocation.json) console.out(rows.empty() ? "no such deliveries\n" : aligned(rows));
  return kExitDone;
}

int verb_webhook_redeliver(const Context& context, const Invocation& invocation, Console& console) {
  const std::string& id = invocation.arguments.front();
  int sent = 0;
  if (invocation.all) {
    const auto again = redeliver_failed(context, id);
    if (!again.ok()) return report(console, again.error());
    sent = *again;
  }
  for (std::size_t i = 1; i < invocation.arguments.size(); ++i) {
    const Status again = redeliver_webhook(context, id, invocation.arguments[i]);
    if (!again.ok()) return report(console, again.error());
    ++sent;
  }
  console.out(invocation.json ? "{\"done\":" + std::to_string(sent) + "}\n"
                              : std::to_string(sent) + " to be sent again\n");
  return kExitDone;
}

int verb_webhook_test(const Context& context, const Invocation& invocation, Console& console) {
  const auto view = show_webhook(context, invocation.arguments.front());
  if (!view.ok()) return report(console, view.error());
  const WebhookSettings& settings = context.settings.webhooks;
  const auto poster = make_curl_poster(context.clock, settings.guard, settings.ca_file);
  if (poster == nullptr) return report(console, unavailable("libcurl cannot be used"));
  const Instant now = context.clock.now();
  WebhookPost post;
  post.url = view->webhook.url;
  post.id = "msg_test_" + to_hex(context.random.bytes<8>());
  post.timestamp = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  post.body = test_payload(view->webhook.id, now);
  post.signatures = webhook_signatures(webhook_secrets(context.keys, view->row, now), post.id,
                                       post.timestamp, post.body);
  poster->start(std::move(post));
  const auto ended = poster->wait(kWebhookPatience + std::chrono::seconds(1));
  if (ended.empty()) return report(console, unavailable("no answer"));
  const EndedPost& end = ended.front();
  const bool taken = webhook_verdict(end.status) == WebhookVerdict::kTaken;
  console.out(invocation.json
                  ? "{\"taken\":" + std::string(taken ? "true" : "false") +
                        ",\"status\":" + (end.status == 0 ? "null" : std::to_string(end.status)) +
                        ",\"problem\":" + text_or_null(end.problem) + "}\n"
                  : (end.status == 0 ? "no answer: " + end.problem
                                     : "the answer was " + std::to_string(end.status)) +
                        "\n");
  return taken ? kExitDone : kExitNo;
}

}  // namespace jawort
