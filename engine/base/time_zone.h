// Local times by the IANA time zone database, so that a stamp's date is the one on the person's and
// the controller's wall. The vendor header stays inside the .cc file.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace jawort {

struct LocalTime {
  std::string date;          // ISO 8601 calendar date, "2026-11-23"
  std::string time;          // "10:15:02"
  std::string abbreviation;  // "CET"
  std::string offset;        // "+01:00"
  int weekday = 0;           // ISO 8601: Monday 1 … Sunday 7
};

// Immutable; thread-safe; cheap to copy.
class TimeZone {
 public:
  // `name` as in the IANA database ("Europe/Berlin"). kConfiguration when it is not known.
  static Result<TimeZone> find(std::string_view name);

  const std::string& name() const { return name_; }
  LocalTime local(Instant at) const;
  // The moment at which the wall clock shows this: `date` as in LocalTime, `time` since midnight.
  // What it shows twice is the first of the two; what it skips is the moment at which it does.
  // Nothing for what is no date.
  std::optional<Instant> moment(std::string_view date, std::chrono::minutes time) const;
  // RFC 5322 §3.3 date-time with the zone's offset: "Mon, 23 Nov 2026 10:15:02 +0100".
  std::string rfc5322(Instant at) const;

 private:
  TimeZone(std::string name, const void* zone) : name_(std::move(name)), zone_(zone) {}
  std::string name_;
  const void* zone_;  // date::time_zone, lives as long as the process
};

}  // namespace jawort
