// Verbs that this process carries out itself, whether a server runs or not.
#pragma once

#include "engine/app/invocation.h"

namespace jawort {

int run_init(const Invocation& invocation, Console& console);
int run_ingest_bounce(const Invocation& invocation, Console& console);
int run_migrate(const Invocation& invocation, Console& console);
int run_backup(const Invocation& invocation, Console& console);
int run_restore(const Invocation& invocation, Console& console);
int run_ledger_verify(const Invocation& invocation, Console& console);
int run_keys_dkim(const Invocation& invocation, Console& console);
int run_keys_list(const Invocation& invocation, Console& console);
int run_template(const Invocation& invocation, Console& console);
int run_dossier(const Invocation& invocation, Console& console);
int run_verify(const Invocation& invocation, Console& console);
int run_check(const Invocation& invocation, Console& console);

// The content of a new jawort.toml.
std::string commented_config();

}  // namespace jawort
