// Names the calling thread for `top -H`, `perf` and core dumps.
#pragma once

namespace jawort {

// At most 15 characters; longer names are cut.
void name_thread(const char* name);

}  // namespace jawort
