#include "engine/app/log_output.h"

#include "engine/base/text.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

const Instant kAt = *parse_rfc3339("2026-11-23T09:15:02.114Z");

TEST_CASE("a log line in JSON") {
  CHECK(log_line(LogFormat::kJson, kAt, LogLevel::kInfo, "ready",
                 {{"listen", "127.0.0.1:8080"},
                  {"count", std::int64_t{-3}},
                  {"seconds", 0.25},
                  {"whole", true}}) ==
        R"({"time":"2026-11-23T09:15:02.114Z","level":"info","event":"ready",)"
        R"("listen":"127.0.0.1:8080","count":-3,"seconds":0.25,"whole":true})");
  CHECK(log_line(LogFormat::kJson, kAt, LogLevel::kError, "x", {{"a", "\"\n\x01"}}) ==
        R"({"time":"2026-11-23T09:15:02.114Z","level":"error","event":"x","a":"\"\n\u0001"})");
}

TEST_CASE("a number that JSON does not know is null") {
  CHECK_THAT(log_line(LogFormat::kJson, kAt, LogLevel::kDebug, "x",
                      {{"a", std::numeric_limits<double>::infinity()}}),
             Catch::Matchers::ContainsSubstring("\"a\":null"));
}

TEST_CASE("a log line as text stays one line") {
  CHECK(log_line(LogFormat::kText, kAt, LogLevel::kWarning, "odd",
                 {{"a", "plain/1"}, {"b", "two words"}, {"c", "x\ny=z"}, {"d", ""}}) ==
        "2026-11-23T09:15:02.114Z warning odd a=plain/1 b=\"two words\" c=\"x\\ny=z\" d=\"\"");
}

}  // namespace
}  // namespace jawort
