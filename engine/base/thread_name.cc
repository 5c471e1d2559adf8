#include "engine/base/thread_name.h"

#include <sys/prctl.h>

namespace jawort {

void name_thread(const char* name) { ::prctl(PR_SET_NAME, name, 0, 0, 0); }

}  // namespace jawort
