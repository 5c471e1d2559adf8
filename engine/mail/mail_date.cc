#include "engine/mail/mail_date.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

// Its parts are put together as RFC 3339, which has a parser that knows the calendar.
std::optional<Instant> parse_mail_date(std::string_view text) {
  const auto parts = split(text, ' ');
  if (parts.size() != 6 || parts[0].size() != 4 || !parts[0].ends_with(',')) return std::nullopt;
  const auto day = parse_decimal(parts[1]);
  const auto* const month = std::ranges::find(kMonths, parts[2]);
  const std::string_view year = parts[3], time = parts[4], offset = parts[5];
  if (!day || *day > 31 || month == kMonths.end() || year.size() != 4 || time.size() != 8 ||
      offset.size() != 5) {
    return std::nullopt;
  }
  std::string written(year);
  written += "-" + two_digits(static_cast<std::size_t>(month - kMonths.begin()) + 1);
  written += "-" + two_digits(*day) + "T";
  written.append(time).append(offset.substr(0, 3)).append(":").append(offset.substr(3));
  return parse_rfc3339(written);
}

}  // namespace jawort
