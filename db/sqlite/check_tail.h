// What a start looks at before it serves: the newest events, which a crash or a bad disk would have
// hit. Takes milliseconds, whatever the size of the log.
#pragma once

#include "db/sqlite/connection.h"

namespace jawort {

// The last events follow one another without gaps, each leaf can be read and says what its row
// says, each value that is still there opens its commitment, and the nodes of the tree are those of
// their leaves. kStorage naming the first event that is not so.
Status check_tail(Connection& connection);

}  // namespace jawort
