// Reads a database beside whoever writes it, or while nobody does.
#pragma once

#include <memory>
#include <string>

#include "db/store.h"
#include "engine/base/log.h"

namespace jawort {

// kNotFound: there is no such file. kRefused: it is no database of ours, or its schema is another
// than that of this binary.
Result<std::unique_ptr<StoreReader>> open_sqlite_reader(const std::string& path, Log& log);

}  // namespace jawort
