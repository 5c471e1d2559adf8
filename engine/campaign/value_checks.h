// Checks of single values: spelling, ranges, normal form.
#pragma once

#include "engine/campaign/definition_schema.h"

namespace jawort {
namespace check {

void identifier(Node& value, Report& report);     // [a-z0-9][a-z0-9-]{0,63}
void field_name(Node& value, Report& report);     // [a-z][a-z0-9_]{0,63}, not a reserved name
void honeypot_name(Node& value, Report& report);  // the same, or empty for none
void used_for(Node& value, Report& report);       // a purpose's id, or form:ID
void email(Node& value, Report& report);
void url(Node& value, Report& report);     // https, or http to this machine
void origin(Node& value, Report& report);  // RFC 6454: scheme, host and port of it
void language(Node& value, Report& report);
void duration(Node& value, Report& report);  // more than nothing, at most 100 years
void duration_or_zero(Node& value, Report& report);
void pending_duration(Node& value, Report& report);  // at most P14D: unconfirmed data goes then
void rate_limits(Node& value, Report& report);
void flag(Node& value, Report& report);
void date(Node& value, Report& report);          // a TOML date, or the same in quotes
void date_or_line(Node& value, Report& report);  // a version: free text, often a date
void time_of_day(Node& value, Report& report);   // "08:00"
void country_code(Node& value, Report& report);
void colour(Node& value, Report& report);  // "#rrggbb"

void text_within(Node& value, std::size_t max_characters, bool lines, Report& report);
void number_within(Node& value, std::int64_t min, std::int64_t max, Report& report);

template <std::size_t kMax>
void line(Node& value, Report& report) {
  text_within(value, kMax, false, report);
}
template <std::size_t kMax>
void prose(Node& value, Report& report) {  // several lines
  text_within(value, kMax, true, report);
}
template <std::int64_t kMin, std::int64_t kMax>
void number(Node& value, Report& report) {
  number_within(value, kMin, kMax, report);
}

}  // namespace check

// "2026-03-14" in the calendar, any year from 0001.
bool calendar_date(std::string_view text);
bool iso_country(std::string_view code);  // ISO 3166-1 alpha-2, upper case

}  // namespace jawort
