#include "engine/app/ask_definitions.h"

#include "db/sqlite/sqlite_store.h"
#include "engine/app/captured_answer.h"
#include "engine/app/record_json.h"
#include "engine/app/store_verbs.h"

namespace jawort {

Result<std::shared_ptr<const DefinitionSet>> ask_definitions(const Config& config) {
  const auto state = sqlite_migration_state(config.database.path);
  if (!state.ok()) return state.error();
  if (state->in_database == 0) return std::shared_ptr<const DefinitionSet>();
  Invocation ask;
  ask.verb = "definitions";
  CapturedAnswer answer;
  if (run_on_database(config, ask, answer) != kExitDone) return refused(answer.complaint());
  auto documents = parse_documents(answer.answer());
  if (!documents.ok()) return documents.error();
  return DefinitionSet::build(std::move(*documents));
}

// The store's side of it: no verb of the command line.
int verb_definitions(const Context& context, const Invocation&, Console& console) {
  console.out(documents_json(context.definitions.get()->documents()) + "\n");
  return kExitDone;
}

}  // namespace jawort
