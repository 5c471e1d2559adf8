#include "engine/app/log_output.h"

#include <charconv>
#include <cmath>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "engine/base/text.h"

namespace jawort {
namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string number_text(double number) {
  if (!std::isfinite(number)) return "null";
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

// A text value that a reader could take for something else is quoted.
std::string bare_or_quoted(std::string_view text) {
  const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\';
  });
  return bare ? std::string(text) : json_quote(text);
}

std::string value_text(const LogField& field, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    return format == LogFormat::kJson ? json_quote(*text) : bare_or_quoted(*text);
  }
  if (const auto* whole = std::get_if<std::int64_t>(&field.value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&field.value)) return number_text(*number);
  return std::get<bool>(field.value) ? "true" : "false";
}

class SpdlogLog final : public Log {
 public:
  SpdlogLog(const Config::Logging& settings, const Clock& clock)
      : settings_(settings),
        clock_(clock),
        logger_("jawort", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
    // A full disk or a closed pipe must not stop the service.
    logger_.set_error_handler([](const std::string&) {});
  }

  void write(LogLevel level, std::string_view event,
             std::initializer_list<LogField> fields) override {
    if (level < settings_.level) return;
    const std::string line = log_line(settings_.format, clock_.now(), level, event, fields);
    logger_.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  const Config::Logging settings_;
  const Clock& clock_;
  spdlog::logger logger_;
};

}  // namespace

std::string log_line(LogFormat format, Instant at, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) {
  const bool json = format == LogFormat::kJson;
  std::string line;
  line += json ? "{\"time\":\"" : "";
  line += rfc3339(at);
  line += json ? "\",\"level\":\"" : " ";
  line += name_of(level);
  line += json ? "\",\"event\":" : " ";
  line += json ? json_quote(event) : std::string(event);
  for (const LogField& field : fields) {
    line += json ? "," + json_quote(field.name) + ":" : " " + std::string(field.name) + "=";
    line += value_text(field, format);
  }
  if (json) line += "}";
  return line;
}

std::unique_ptr<Log> make_log(const Config::Logging& settings, const Clock& clock) {
  return std::make_unique<SpdlogLog>(settings, clock);
}

}  // namespace jawort
