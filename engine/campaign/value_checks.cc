#include "engine/campaign/value_checks.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "engine/campaign/web_address.h"
#include "engine/consent/email_address.h"

namespace jawort {
namespace {

// The names of a form post that are not fields.
constexpr std::array<std::string_view, 8> kReservedNames{
    "email", "consent", "lang", "page", "version", "altcha", "form_token", "served"};

bool spelled(std::string_view text, bool (*first)(char), bool (*rest)(char)) {
  return !text.empty() && text.size() <= 64 && first(text.front()) &&
         std::all_of(text.begin(), text.end(), rest);
}

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool lower_or_digit(char c) { return lower(c) || ascii_digit(c); }

bool spelled_as_id(std::string_view text) {
  return spelled(text, lower_or_digit, [](char c) { return lower_or_digit(c) || c == '-'; });
}

bool has_text(const Node& value, Report& report) {
  return has_type(value, Node::Type::kText, "a text in quotes", report);
}

// True where there is a duration within the range every one has to keep.
bool check_duration(Node& value, bool zero_ok, Report& report) {
  if (!has_text(value, report)) return false;
  const auto parsed = parse_duration(value.text);
  constexpr std::chrono::seconds kHundredYears = std::chrono::hours(24) * 36525;
  if (!parsed) {
    report.wrong(value, "must be an ISO 8601 duration like \"P7D\", \"PT48H\" or \"P3Y\"");
  } else if (parsed->months > 1200 || parsed->seconds > kHundredYears) {
    report.wrong(value, "must be at most 100 years");
  } else if (!zero_ok && *parsed == Duration{}) {
    report.wrong(value, "must be longer than nothing");
  } else {
    return true;
  }
  return false;
}

}  // namespace

namespace check {

void identifier(Node& value, Report& report) {
  if (!has_text(value, report) || spelled_as_id(value.text)) return;
  report.wrong(value, "must be 1 to 64 of a-z, 0-9 and \"-\", not starting with \"-\"");
}

void field_name(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  if (!spelled(value.text, lower, [](char c) { return lower_or_digit(c) || c == '_'; })) {
    report.wrong(value, "must be 1 to 64 of a-z, 0-9 and \"_\", starting with a letter");
  } else if (std::find(kReservedNames.begin(), kReservedNames.end(), value.text) !=
             kReservedNames.end()) {
    report.wrong(value, "\"" + value.text +
                            "\" has a meaning of its own in a form post; choose "
                            "another name");
  }
}

void honeypot_name(Node& value, Report& report) {
  if (value.type == Node::Type::kText && value.text.empty()) return;
  field_name(value, report);
}

void used_for(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  std::string_view id = value.text;
  if (id.starts_with("form:")) id.remove_prefix(5);
  if (!spelled_as_id(id)) {
    report.wrong(value,
                 "must be a purpose's id, or \"form:ID\" where the form itself is the reason");
  }
}

void email(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  const auto address = EmailAddress::parse(value.text);
  if (address) {
    value.text = address->typed();
  } else {
    report.wrong(value, "must be an e-mail address like \"info@example.org\"");
  }
}

void url(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  const std::string_view problem = url_problem(value.text);
  if (!problem.empty()) report.wrong(value, problem);
}

void origin(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  value.text = ascii_lower(value.text);
  const std::string_view problem = origin_problem(value.text);
  if (!problem.empty()) report.wrong(value, problem);
}

void language(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  if (!language_tag(value.text)) {
    report.wrong(value, "must be a language tag like \"en\" or \"pt-BR\"");
  }
}

void duration(Node& value, Report& report) { check_duration(value, false, report); }
void duration_or_zero(Node& value, Report& report) { check_duration(value, true, report); }

void pending_duration(Node& value, Report& report) {
  if (!check_duration(value, false, report)) return;
  const Duration parsed = parse_duration(value.text).value_or(Duration{});
  if (parsed.months > 0 || parsed.seconds > std::chrono::hours(14 * 24)) {
    report.wrong(value,
                 "must be at most P14D: what nobody confirmed may not be kept longer (GDPR art. "
                 "5(1)(e))");
  }
}

void rate_limits(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  const auto limits = parse_rate_limits(value.text);
  const bool sensible =
      limits && !limits->empty() && std::all_of(limits->begin(), limits->end(), [](const auto& l) {
        return l.count > 0 && l.window != Duration{};
      });
  if (!sensible) {
    report.wrong(value, "must be like \"20 per PT1H\", or several of these with commas between");
    return;
  }
  std::string normal;
  for (const std::string_view limit : split(value.text, ',')) {
    if (!normal.empty()) normal += ", ";
    bool space = false;
    for (const char c : trim_ascii_space(limit)) {
      if (c == ' ' && space) continue;
      space = c == ' ';
      normal += c;
    }
  }
  value.text = normal;
}

void flag(Node& value, Report& report) {
  has_type(value, Node::Type::kBoolean, "true or false", report);
}

void date(Node& value, Report& report) {
  if (value.type == Node::Type::kText && calendar_date(value.text)) return;
  if (value.type == Node::Type::kDate) {
    value.type = Node::Type::kText;
  } else {
    report.wrong(value, "must be a date like 2026-03-14");
  }
}

void date_or_line(Node& value, Report& report) {
  if (value.type == Node::Type::kDate) value.type = Node::Type::kText;
  text_within(value, 100, false, report);
}

void time_of_day(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  const std::string& t = value.text;
  const bool right = t.size() == 5 && t[2] == ':' && ascii_digit(t[0]) && ascii_digit(t[1]) &&
                     ascii_digit(t[3]) && ascii_digit(t[4]) && t.substr(0, 2) <= "23" &&
                     t[3] <= '5';
  if (!right) report.wrong(value, "must be a time of day like \"08:00\"");
}

void country_code(Node& value, Report& report) {
  if (!has_text(value, report) || iso_country(value.text)) return;
  report.wrong(value, "must be a country's two capital letters (ISO 3166-1) like \"DE\"");
}

void colour(Node& value, Report& report) {
  if (!has_text(value, report)) return;
  const std::string text = ascii_lower(value.text);
  const auto hexadecimal = [](char c) { return ascii_digit(c) || (c >= 'a' && c <= 'f'); };
  if (text.size() == 7 && text.front() == '#' &&
      std::all_of(text.begin() + 1, text.end(), hexadecimal)) {
    value.text = text;
  } else {
    report.wrong(value, "must be a colour like \"#17654f\"");
  }
}

void text_within(Node& value, std::size_t max_characters, bool lines, Report& report) {
  if (!has_text(value, report)) return;
  const std::string unix_lines = replace_all(std::move(value.text), "\r\n", "\n");
  value.text = trim_ascii_space(unix_lines);
  if (value.text.empty()) {
    report.wrong(value, "must not be empty");
  } else if (has_control_characters(value.text, lines)) {
    report.wrong(
        value, lines ? "holds control characters" : "must be one line without control characters");
  } else if (utf8_length(value.text) > max_characters) {
    report.wrong(value, "is longer than " + std::to_string(max_characters) + " characters");
  }
}

void number_within(Node& value, std::int64_t min, std::int64_t max, Report& report) {
  if (!has_type(value, Node::Type::kInteger, "a whole number", report)) return;
  if (value.integer < min || value.integer > max) {
    report.wrong(value, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  }
}

}  // namespace check

bool calendar_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int parts[3] = {0, 0, 0};  // year, month, day
  std::size_t part = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
    } else if (!ascii_digit(text[i])) {
      return false;
    } else {
      parts[part] = parts[part] * 10 + (text[i] - '0');
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                         std::chrono::month(static_cast<unsigned>(parts[1])),
                                         std::chrono::day(static_cast<unsigned>(parts[2]))};
  return parts[0] > 0 && date.ok();
}

}  // namespace jawort
