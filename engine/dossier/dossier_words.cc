#include "engine/dossier/dossier_words.h"

#include "engine/base/embedded.h"

namespace jawort {
namespace {

using std::chrono::seconds;

std::string number(std::int64_t value) { return std::to_string(value); }

}  // namespace

const Texts& dossier_texts() {
  // Compiled in, and read by the tests: it cannot fail where those have passed.
  static const Texts texts = std::move(Texts::load_words(embedded_dossier())).value();
  return texts;
}

DossierWords::DossierWords(std::string_view language, std::string_view zone)
    : language_(dossier_texts().resolve(language)) {
  if (auto found = TimeZone::find(zone); found.ok()) zone_ = std::move(*found);
}

std::string DossierWords::text(std::string_view key, std::initializer_list<Put> put) const {
  const std::string_view pattern = dossier_texts().find(key, language_);
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = std::min(pattern.find('{', at), pattern.size());
    out += pattern.substr(at, open - at);
    if (open == pattern.size()) break;
    const std::size_t close = pattern.find('}', open);
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    for (const Put& one : put) {
      if (one.name == name) out += one.value;
    }
    at = close == std::string_view::npos ? pattern.size() : close + 1;
  }
  return out;
}

std::optional<std::string> DossierWords::find(std::string_view key) const {
  if (!dossier_texts().keys().contains(key)) return std::nullopt;
  return text(key);
}

std::string DossierWords::find_or(std::string_view key, std::string_view otherwise) const {
  return find(key).value_or(std::string(otherwise));
}

LocalTime DossierWords::local(Instant at) const {
  if (zone_) return zone_->local(at);
  const std::string utc = rfc3339(at);
  return {utc.substr(0, 10), utc.substr(11, 8), "UTC", "+00:00", 0};
}

// Day, month, year for German readers; ISO 8601 is read the same way everywhere else.
std::string DossierWords::date(const LocalTime& local) const {
  if (language_ != "de" || local.date.size() != 10) return local.date;
  return local.date.substr(8, 2) + "." + local.date.substr(5, 2) + "." + local.date.substr(0, 4);
}

std::string DossierWords::zone_name(const LocalTime& local) const {
  return find_or("zone_" + ascii_lower(local.abbreviation), local.abbreviation);
}

std::string DossierWords::moment(Instant at) const {
  const LocalTime here = local(at);
  if (here.abbreviation == "UTC") return in_short("moment_utc", at);
  const std::string utc = rfc3339(at);
  std::string utc_text = utc.substr(11, 8);
  if (utc.substr(0, 10) != here.date) {
    utc_text = date({utc.substr(0, 10), "", "", "", 0}) + " " + utc_text;
  }
  return text("moment", {{"date", date(here)},
                         {"time", here.time},
                         {"zone", zone_name(here)},
                         {"offset", here.offset},
                         {"utc", utc_text}});
}

std::string DossierWords::in_short(std::string_view key, Instant at) const {
  const LocalTime here = local(at);
  return text(key, {{"date", date(here)}, {"time", here.time}, {"zone", zone_name(here)}});
}

std::string DossierWords::short_moment(Instant at) const { return in_short("moment_short", at); }
std::string DossierWords::moment_cell(Instant at) const { return in_short("moment_cell", at); }

std::string DossierWords::last_day(Instant end) const { return date(local(end - milliseconds{1})); }

std::string DossierWords::span(milliseconds time) const {
  const std::int64_t s = std::chrono::duration_cast<seconds>(time).count();
  constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86400;
  if (s < kMinute) return text("seconds", {{"n", number(s)}});
  if (s < kHour) {
    return text("minutes", {{"n", number(s / kMinute)}, {"s", number(s % kMinute)}});
  }
  if (s < kDay) {
    return text("hours", {{"n", number(s / kHour)}, {"m", number(s % kHour / kMinute)}});
  }
  return s < 2 * kDay ? text("one_day") : text("days", {{"n", number(s / kDay)}});
}

std::string DossierWords::window(const Duration& window) const {
  if (window.months > 0) {
    return window.months == 1 ? text("duration_one_month")
                              : text("duration_months", {{"n", number(window.months)}});
  }
  const std::int64_t hours = window.seconds.count() / 3600;
  if (hours == 7 * 24) return text("duration_week");
  if (hours == 24) return text("duration_one_day");
  if (hours % 24 == 0) return text("duration_days", {{"n", number(hours / 24)}});
  return hours == 1 ? text("duration_one_hour") : text("duration_hours", {{"n", number(hours)}});
}

std::string DossierWords::limits(const std::vector<RateLimit>& limits) const {
  std::string all;
  for (const RateLimit& limit : limits) {
    const std::string one = text(limit.count == 1 ? "per_duration_once" : "per_duration",
                                 {{"n", number(limit.count)}, {"time", window(limit.window)}});
    all = all.empty() ? one : text("list_and", {{"a", all}, {"b", one}});
  }
  return all;
}

}  // namespace jawort
