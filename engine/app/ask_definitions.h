// The definitions in force, for verbs that work beside the server: templates are read fresh from
// the folder, so that an operator sees a change without a restart.
#pragma once

#include <memory>

#include "engine/app/config.h"
#include "engine/campaign/definition_set.h"

namespace jawort {

// From the running server, else from the database. Null where there is no database yet.
Result<std::shared_ptr<const DefinitionSet>> ask_definitions(const Config& config);

}  // namespace jawort
