#include "engine/app/store_verbs.h"

#include <array>
#include <chrono>
#include <thread>

#include "engine/app/control_socket.h"
#include "engine/app/engine.h"
#include "engine/app/log_output.h"

namespace jawort {
namespace {

constexpr std::chrono::seconds kWaitForLock{5};
constexpr std::chrono::milliseconds kPause{50};

struct StoreVerb {
  std::string_view name;
  int (*run)(const Context&, const Invocation&, Console&);
};

constexpr std::array kStoreVerbs = {
    StoreVerb{"apply", verb_apply},
    StoreVerb{"campaign list", verb_campaign_list},
    StoreVerb{"campaign pause", verb_campaign_pause},
    StoreVerb{"campaign resume", verb_campaign_pause},
    StoreVerb{"campaign show", verb_campaign_show},
    StoreVerb{"campaign status", verb_campaign_status},
    StoreVerb{"check", verb_check_database},
    StoreVerb{"contact erase", verb_contact_erase},
    StoreVerb{"contact list", verb_contact_list},
    StoreVerb{"contact show", verb_contact_show},
    StoreVerb{"definitions", verb_definitions},
    StoreVerb{"dossier", verb_dossier},
    StoreVerb{"inbox dismiss", verb_inbox_dismiss},
    StoreVerb{"inbox list", verb_inbox_list},
    StoreVerb{"inbox revoke", verb_inbox_revoke},
    StoreVerb{"inbox show", verb_inbox_show},
    StoreVerb{"ingest-bounce", verb_ingest_bounce},
    StoreVerb{"ledger checkpoint", verb_ledger_checkpoint},
    StoreVerb{"ledger key", verb_ledger_key},
    StoreVerb{"link preferences", verb_link},
    StoreVerb{"link revoke", verb_link},
    StoreVerb{"links", verb_links},
    StoreVerb{"queue drop", verb_queue_action},
    StoreVerb{"queue list", verb_queue_list},
    StoreVerb{"queue release", verb_queue_action},
    StoreVerb{"queue retry", verb_queue_action},
    StoreVerb{"webhook deliveries", verb_webhook_deliveries},
    StoreVerb{"webhook disable", verb_webhook_switch},
    StoreVerb{"webhook enable", verb_webhook_switch},
    StoreVerb{"webhook list", verb_webhook_list},
    StoreVerb{"webhook redeliver", verb_webhook_redeliver},
    StoreVerb{"webhook rotate", verb_webhook_secret},
    StoreVerb{"webhook secret", verb_webhook_secret},
    StoreVerb{"webhook show", verb_webhook_show},
    StoreVerb{"webhook test", verb_webhook_test},
};

}  // namespace

int run_engine_verb(Engine& engine, const Invocation& invocation, Console& console) {
  if (invocation.verb == "keys rotate") return verb_keys_rotate(engine, invocation, console);
  return run_store_verb(engine.context(), invocation, console);
}

int run_store_verb(const Context& context, const Invocation& invocation, Console& console) {
  for (const StoreVerb& verb : kStoreVerbs) {
    if (verb.name == invocation.verb) return verb.run(context, invocation, console);
  }
  return report(console, invalid("the server does not know this verb"));
}

int run_on_database(const Config& config, const Invocation& invocation, Console& console) {
  const SystemClock clock;
  const auto log = make_log({LogLevel::kWarning, LogFormat::kText}, clock);
  const milliseconds deadline = clock.monotonic() + kWaitForLock;
  for (;;) {
    const auto asked = ask_server(config.control_socket(), invocation, console);
    if (!asked.ok()) return report(console, asked.error());
    if (asked->has_value()) return **asked;
    const auto engine = Engine::open(config, *log, {});
    if (engine.ok()) return run_engine_verb(**engine, invocation, console);
    // Held: by a verb that is done in a moment, or by a server that is about to listen or to end.
    if (!Engine::held_by_another(config, engine.error()) || clock.monotonic() > deadline) {
      return report(console, engine.error());
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace jawort
