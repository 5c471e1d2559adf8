// The server runs as a user of its own, while operators type verbs as root: what root left in the
// data folder, the server could not open any more.
#pragma once

#include "engine/app/config.h"

namespace jawort {

// Root becomes, for good, the owner of the data folder, or while that is not there yet, of the key
// folder, else of jawort.toml; for anybody else, and where that is root's, nothing changes. Call it
// after the files of the caller are read. kRefused: the change failed. REQUIRES: no other thread
// runs yet.
Status become_data_owner(const Config& config);

}  // namespace jawort
