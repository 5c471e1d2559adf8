// The part of migration 0007 that needs SHA-256.
#pragma once

#include "db/sqlite/connection.h"

namespace jawort {

// Gives each event that is there the nodes that its leaf completes, in order, in constant memory.
// Inside the migration's transaction. kStorage: an event is missing.
Status fill_nodes(Connection& connection);

}  // namespace jawort
