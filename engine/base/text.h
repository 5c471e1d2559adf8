// Text without locales: ASCII rules, UTF-8, durations and RFC 3339 times.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"

namespace jawort {

constexpr bool ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool ascii_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool ascii_alnum(char c) { return ascii_digit(c) || ascii_alpha(c); }

std::string ascii_lower(std::string_view text);
bool ascii_equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim_ascii_space(std::string_view text);  // space, tab, CR, LF
// n separators give n + 1 parts, empty ones included; the parts point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string replace_all(std::string text, std::string_view what, std::string_view with);

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text);
// Number of code points. REQUIRES: valid_utf8(text)
std::size_t utf8_length(std::string_view text);
// True for U+0000–001F (other than the tab, and LF where `allow_newline`), U+007F–009F, U+2028,
// U+2029, and the bidirectional overrides U+202A–202E, U+2066–2069, which make text lie; and for
// whatever is not UTF-8.
bool has_control_characters(std::string_view text, bool allow_newline);
// Shortens to at most `bytes` bytes without cutting a code point in two. REQUIRES: valid_utf8(text)
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

// & < > " ' as character references.
std::string html_escape(std::string_view text);
std::string json_quote(std::string_view text);      // with the quotes, RFC 8259
std::string percent_encode(std::string_view text);  // all but RFC 3986 unreserved

// RFC 3339 in UTC with milliseconds: "2026-11-23T09:15:02.114Z". What lies outside the years 0000
// to 9999, which the format cannot say, is shown as the first or last moment of them.
std::string rfc3339(Instant at);
// Any RFC 3339 date-time with a capital T and Z or a numeric offset; what is finer than a
// millisecond is cut off. Leap seconds (":60") are refused: an Instant has none.
std::optional<Instant> parse_rfc3339(std::string_view text);

// ISO 8601 durations of PRODUCT §5: "P7D", "PT48H", "P2W", "P1DT12H", "P24M", "P3Y". Months and
// years count in the calendar, the rest in exact time; negative and fractional ones do not exist,
// weeks stand alone, and neither part may be longer than 9,999 years.
struct Duration {
  int months = 0;
  std::chrono::seconds seconds{0};
  bool operator==(const Duration&) const = default;
};
std::optional<Duration> parse_duration(std::string_view text);
// `at` plus the calendar months (day clipped to the month's end, in UTC), then the seconds.
Instant plus(Instant at, const Duration& duration);
// How long `duration` is when it begins at `at`: months differ.
milliseconds length_from(Instant at, const Duration& duration);

// "20 per PT1H": at most `count` within `window`, both more than zero. Several, separated by
// commas, hold together.
struct RateLimit {
  int count = 0;
  Duration window;
  bool operator==(const RateLimit&) const = default;
};
std::optional<std::vector<RateLimit>> parse_rate_limits(std::string_view text);

// A number in decimal, in its one spelling: digits, no sign, no zero before others.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace jawort
