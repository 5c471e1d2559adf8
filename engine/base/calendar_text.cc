// The part of text.h that knows the calendar: RFC 3339, durations, rate limits.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>

#include "engine/base/text.h"

namespace jawort {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr Instant kFirstMoment = sys_days(year(0) / 1 / 1);
constexpr Instant kLastMoment = sys_days(year(10000) / 1 / 1) - milliseconds(1);

// 9,999 years: far more than any rule needs, and no sum of it and a date can overflow.
constexpr int kMostMonths = 9999 * 12;
constexpr std::int64_t kMostSeconds = 9999LL * 366 * 86400;

// Writes `value` with leading zeros into the `width` characters from `at`.
void put_digits(std::string& out, std::size_t at, std::size_t width, std::int64_t value) {
  for (std::size_t i = width; i > 0; --i, value /= 10) {
    out[at + i - 1] = static_cast<char>('0' + value % 10);
  }
}

// Reads from the front of a text, each step all or nothing.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_fixed(std::size_t width, int& value) {
    if (rest_.size() < width) return false;
    value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (!ascii_digit(c)) return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return true;
  }
  // One digit or more; false also when the number does not fit.
  bool take_number(std::int64_t& value) {
    if (rest_.empty() || !ascii_digit(rest_.front())) return false;
    const char* const end = rest_.data() + rest_.size();
    const auto [stop, error] = std::from_chars(rest_.data(), end, value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    return true;
  }

 private:
  std::string_view rest_;
};

std::optional<sys_days> scan_date(Scanner& in) {
  int y = 0;
  int m = 0;
  int d = 0;
  if (!in.take_fixed(4, y) || !in.take('-') || !in.take_fixed(2, m) || !in.take('-') ||
      !in.take_fixed(2, d)) {
    return std::nullopt;
  }
  const auto date =
      year(y) / month(static_cast<unsigned>(m)) / std::chrono::day(static_cast<unsigned>(d));
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<milliseconds> scan_time(Scanner& in) {
  int h = 0;
  int m = 0;
  int s = 0;
  if (!in.take_fixed(2, h) || !in.take(':') || !in.take_fixed(2, m) || !in.take(':') ||
      !in.take_fixed(2, s) || h > 23 || m > 59 || s > 59) {
    return std::nullopt;
  }
  milliseconds time = hours(h) + minutes(m) + seconds(s);
  if (!in.take('.')) return time;
  int digit = 0;
  if (!in.take_fixed(1, digit)) return std::nullopt;
  int unit = 100;
  do {
    time += milliseconds(digit * unit);
    unit /= 10;
  } while (in.take_fixed(1, digit));
  return time;
}

std::optional<minutes> scan_offset(Scanner& in) {
  if (in.take('Z')) return minutes(0);
  const bool west = in.take('-');
  int h = 0;
  int m = 0;
  if ((!west && !in.take('+')) || !in.take_fixed(2, h) || !in.take(':') || !in.take_fixed(2, m) ||
      h > 23 || m > 59) {
    return std::nullopt;
  }
  const minutes offset = hours(h) + minutes(m);
  return west ? -offset : offset;
}

// The designators in their order; each may be left out.
struct Designator {
  char letter;
  std::int64_t factor;
};
constexpr Designator kYearsMonths[] = {{'Y', 12}, {'M', 1}};
constexpr Designator kWeeks[] = {{'W', 7 * 86400}};
constexpr Designator kDays[] = {{'D', 86400}};
constexpr Designator kTimes[] = {{'H', 3600}, {'M', 60}, {'S', 1}};

// Takes "<number><letter>" for each designator that is there. `sum` grows by number × factor;
// `found` counts. False when a sum is over `most`. Leaves what it does not know unread.
bool scan_parts(Scanner& in, std::span<const Designator> parts, std::int64_t most,
                std::int64_t& sum, int& found) {
  for (const Designator& part : parts) {
    Scanner ahead = in;
    std::int64_t number = 0;
    if (!ahead.take_number(number) || !ahead.take(part.letter)) continue;
    if (number > (most - sum) / part.factor) return false;
    sum += number * part.factor;
    ++found;
    in = ahead;
  }
  return true;
}

std::optional<RateLimit> parse_rate_limit(std::string_view text) {
  text = trim_ascii_space(text);
  const std::size_t per = text.find(" per ");
  if (per == std::string_view::npos) return std::nullopt;
  Scanner in(trim_ascii_space(text.substr(0, per)));
  std::int64_t count = 0;
  if (!in.take_number(count) || !in.at_end() || count < 1 || count > INT32_MAX) return std::nullopt;
  const auto window = parse_duration(trim_ascii_space(text.substr(per + 5)));
  if (!window || *window == Duration{}) return std::nullopt;
  return RateLimit{static_cast<int>(count), *window};
}

}  // namespace

std::string rfc3339(Instant at) {
  at = std::clamp(at, kFirstMoment, kLastMoment);
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const std::int64_t time = (at - day).count();
  std::string out = "0000-00-00T00:00:00.000Z";
  put_digits(out, 0, 4, static_cast<int>(date.year()));
  put_digits(out, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(out, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(out, 11, 2, time / 3'600'000);
  put_digits(out, 14, 2, time / 60'000 % 60);
  put_digits(out, 17, 2, time / 1000 % 60);
  put_digits(out, 20, 3, time % 1000);
  return out;
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  Scanner in(text);
  const auto date = scan_date(in);
  if (!date || !in.take('T')) return std::nullopt;
  const auto time = scan_time(in);
  if (!time) return std::nullopt;
  const auto offset = scan_offset(in);
  if (!offset || !in.at_end()) return std::nullopt;
  return *date + *time - *offset;
}

std::optional<Duration> parse_duration(std::string_view text) {
  Scanner in(text);
  if (!in.take('P')) return std::nullopt;
  std::int64_t months_sum = 0;
  std::int64_t seconds_sum = 0;
  int found = 0;
  if (!scan_parts(in, kWeeks, kMostSeconds, seconds_sum, found)) return std::nullopt;
  if (found == 0) {
    if (!scan_parts(in, kYearsMonths, kMostMonths, months_sum, found) ||
        !scan_parts(in, kDays, kMostSeconds, seconds_sum, found)) {
      return std::nullopt;
    }
    if (in.take('T')) {
      int times = 0;  // a T with nothing after it is not a duration
      if (!scan_parts(in, kTimes, kMostSeconds, seconds_sum, times) || times == 0) {
        return std::nullopt;
      }
      found += times;
    }
  }
  if (found == 0 || !in.at_end()) return std::nullopt;
  return Duration{static_cast<int>(months_sum), seconds(seconds_sum)};
}

Instant plus(Instant at, const Duration& duration) {
  if (duration.months == 0) return at + duration.seconds;
  const sys_days day = floor<days>(at);
  year_month_day date = year_month_day(day) + months(duration.months);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return sys_days(date) + (at - day) + duration.seconds;
}

milliseconds length_from(Instant at, const Duration& duration) { return plus(at, duration) - at; }

std::optional<std::vector<RateLimit>> parse_rate_limits(std::string_view text) {
  std::vector<RateLimit> limits;
  for (const std::string_view part : split(text, ',')) {
    const auto limit = parse_rate_limit(part);
    if (!limit) return std::nullopt;
    limits.push_back(*limit);
  }
  return limits;
}

}  // namespace jawort
