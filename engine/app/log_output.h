// base/log.h on spdlog: lines on standard error, one per event.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "engine/app/config.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"

namespace jawort {

// {"time":"2026-11-23T09:15:02.114Z","level":"info","event":"ready","listen":"127.0.0.1:8080"}, or
// as text "2026-11-23T09:15:02.114Z info ready listen=127.0.0.1:8080". Without a line end.
std::string log_line(LogFormat format, Instant at, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields);

// Thread-safe. `clock` outlives the log. A line is written at once, nothing is buffered.
std::unique_ptr<Log> make_log(const Config::Logging& settings, const Clock& clock);

}  // namespace jawort
