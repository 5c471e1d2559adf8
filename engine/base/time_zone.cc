#include "engine/base/time_zone.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include <date/tz.h>

#include "engine/base/text.h"

namespace jawort {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu",
                                                       "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The compiled zone files list changes up to 2037 and leave later years to a rule in their last
// line, which the library does not read: it would show winter time for ever. A later moment is
// therefore looked up at the same date and weekday in a year that is listed, since the rules go by
// month and weekday. Eleven years hold every weekday of every date.
constexpr year kFirstListed{2027};
constexpr year kLastListed{2037};

sys_seconds same_day_in_listed_year(sys_seconds at) {
  const sys_days today = floor<days>(at);
  const year_month_day date(today);
  const auto day = std::min(date.day(), std::chrono::day(28));  // there in every year
  const sys_days here = sys_days(date.year() / date.month() / day);
  for (year y = kLastListed; y >= kFirstListed; --y) {
    const sys_days there = sys_days(y / date.month() / day);
    if (std::chrono::weekday(there) == std::chrono::weekday(here)) return at - (here - there);
  }
  return at;
}

date::sys_info info_at(const date::time_zone& zone, sys_seconds at) {
  const date::sys_info info = zone.get_info(at);
  const bool is_last = info.end >= sys_days(year(9999) / 1 / 1);
  if (!is_last || at <= sys_days(kLastListed / 12 / 31)) return info;
  return zone.get_info(same_day_in_listed_year(at));
}

std::string two_digits(std::int64_t value) {
  return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

// "+01:00", or "+0100" with an empty separator. Old local mean times have odd seconds: cut off.
std::string offset_text(seconds offset, std::string_view separator) {
  const std::int64_t minutes = std::abs(offset.count()) / 60;
  std::string out = offset.count() < 0 ? "-" : "+";
  return out.append(two_digits(minutes / 60)).append(separator).append(two_digits(minutes % 60));
}

struct LocalParts {
  year_month_day date;
  std::string time;  // "10:15:02"
  unsigned weekday = 1;
  seconds offset{0};
  std::string abbreviation;
};

LocalParts parts_at(const void* zone, Instant at) {
  const sys_seconds second = floor<seconds>(at);
  const date::sys_info info = info_at(*static_cast<const date::time_zone*>(zone), second);
  const sys_seconds local = second + info.offset;  // a wall clock reading, not a moment
  const sys_days day = floor<days>(local);
  const std::int64_t time = (local - day).count();
  LocalParts parts;
  parts.date = year_month_day(day);
  parts.time =
      two_digits(time / 3600) + ":" + two_digits(time / 60 % 60) + ":" + two_digits(time % 60);
  parts.weekday = std::chrono::weekday(day).iso_encoding();
  parts.offset = info.offset;
  parts.abbreviation = info.abbrev;
  return parts;
}

// The database's own spelling of a name that differs from it by case only.
std::string other_spelling(std::string_view name) {
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    if (ascii_equal_ignoring_case(zone.name(), name)) return zone.name();
  }
  return {};
}

Error unknown_zone(std::string_view name) {
  std::string message = "time zone \"" + std::string(name) + "\" is not known";
  try {
    const std::string meant = other_spelling(name);
    message += meant.empty() ? "; use a name of the IANA database such as \"Europe/Berlin\""
                             : "; did you mean \"" + meant + "\"?";
  } catch (const std::exception&) {
    message += ": the system's time zone database cannot be read; install the package tzdata";
  }
  return configuration_error(std::move(message));
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    const date::time_zone* zone = date::locate_zone(std::string(name));
    zone->get_info(sys_seconds{});  // a file that cannot be read is found here, not at a stamp
    return TimeZone(std::string(name), zone);
  } catch (const std::exception&) {
    return unknown_zone(name);
  }
}

LocalTime TimeZone::local(Instant at) const {
  LocalParts parts = parts_at(zone_, at);
  LocalTime out;
  // The date of RFC 3339 is ISO 8601's.
  out.date = rfc3339(sys_days(parts.date)).substr(0, 10);
  out.time = std::move(parts.time);
  out.abbreviation = std::move(parts.abbreviation);
  out.offset = offset_text(parts.offset, ":");
  out.weekday = static_cast<int>(parts.weekday);
  return out;
}

std::optional<Instant> TimeZone::moment(std::string_view date, std::chrono::minutes time) const {
  const auto midnight = parse_rfc3339(std::string(date) + "T00:00:00Z");
  if (!midnight) return std::nullopt;
  const auto& zone = *static_cast<const date::time_zone*>(zone_);
  const sys_seconds wall = floor<seconds>(*midnight) + time;  // a reading, not a moment
  const auto shown = [&](sys_seconds at) { return at + info_at(zone, at).offset; };
  // No zone has changed twice within two days since there are time zones.
  const sys_seconds by_later = wall - info_at(zone, wall + days(1)).offset;
  const sys_seconds by_earlier = wall - info_at(zone, wall - days(1)).offset;
  sys_seconds first = std::min(by_later, by_earlier), last = std::max(by_later, by_earlier);
  if (shown(first) == wall) return first;
  if (shown(last) == wall) return last;
  // Skipped: somewhere between the two it jumps over it.
  while (first < last) {
    const sys_seconds middle = first + (last - first) / 2;
    if (shown(middle) < wall) {
      first = middle + seconds(1);
    } else {
      last = middle;
    }
  }
  return first;
}

std::string TimeZone::rfc5322(Instant at) const {
  const LocalParts parts = parts_at(zone_, at);
  std::string out(kWeekdays[parts.weekday - 1]);
  out.append(", ").append(std::to_string(static_cast<unsigned>(parts.date.day()))).append(" ");
  out.append(kMonths[static_cast<unsigned>(parts.date.month()) - 1]).append(" ");
  out.append(rfc3339(sys_days(parts.date)).substr(0, 4)).append(" ").append(parts.time);
  return out.append(" ").append(offset_text(parts.offset, ""));
}

}  // namespace jawort
