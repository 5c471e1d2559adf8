// Verbs that work on the database: carried out by the running server, or by this process alone.
#pragma once

#include "engine/app/config.h"
#include "engine/app/invocation.h"
#include "engine/flow/context.h"

namespace jawort {

class Engine;

// In the process that holds the database. kExitUsage for a verb that is none of these.
int run_engine_verb(Engine& engine, const Invocation& invocation, Console& console);
// The same, but for what changes more than the database.
int run_store_verb(const Context& context, const Invocation& invocation, Console& console);

// Asks the running server; where none runs, opens the database. Waits a few seconds when another
// short verb holds it.
int run_on_database(const Config& config, const Invocation& invocation, Console& console);

// Why a link cannot be made.
Error no_public_url();

// One file each.
int verb_apply(const Context& context, const Invocation& invocation, Console& console);
int verb_contact_show(const Context& context, const Invocation& invocation, Console& console);
int verb_contact_erase(const Context& context, const Invocation& invocation, Console& console);
int verb_contact_list(const Context& context, const Invocation& invocation, Console& console);
// Answers the bytes of the ZIP.
int verb_dossier(const Context& context, const Invocation& invocation, Console& console);
// Takes the mail in base64 as its one file, recipients as arguments. kExitDone once it is dealt
// with, whatever it was; else it has to come again.
int verb_ingest_bounce(const Context& context, const Invocation& invocation, Console& console);
int verb_inbox_list(const Context& context, const Invocation& invocation, Console& console);
int verb_inbox_show(const Context& context, const Invocation& invocation, Console& console);
int verb_inbox_revoke(const Context& context, const Invocation& invocation, Console& console);
int verb_inbox_dismiss(const Context& context, const Invocation& invocation, Console& console);
int verb_links(const Context& context, const Invocation& invocation, Console& console);
int verb_link(const Context& context, const Invocation& invocation, Console& console);
int verb_campaign_list(const Context& context, const Invocation& invocation, Console& console);
int verb_campaign_show(const Context& context, const Invocation& invocation, Console& console);
int verb_campaign_status(const Context& context, const Invocation& invocation, Console& console);
int verb_campaign_pause(const Context& context, const Invocation& invocation, Console& console);
int verb_queue_list(const Context& context, const Invocation& invocation, Console& console);
int verb_queue_action(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_list(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_show(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_secret(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_switch(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_deliveries(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_redeliver(const Context& context, const Invocation& invocation, Console& console);
int verb_webhook_test(const Context& context, const Invocation& invocation, Console& console);
int verb_ledger_checkpoint(const Context& context, const Invocation& invocation, Console& console);
int verb_ledger_key(const Context& context, const Invocation& invocation, Console& console);
int verb_keys_rotate(Engine& engine, const Invocation& invocation, Console& console);
// The documents in force, for ask_definitions.
int verb_definitions(const Context& context, const Invocation& invocation, Console& console);
// The part of `check` that needs the database; always answers JSON.
int verb_check_database(const Context& context, const Invocation& invocation, Console& console);

}  // namespace jawort
