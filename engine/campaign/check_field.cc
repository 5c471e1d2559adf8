#include <algorithm>

#include "engine/campaign/definition_set.h"
#include "engine/campaign/value_checks.h"
#include "engine/consent/email_address.h"

namespace jawort {
namespace {

constexpr std::size_t kTextCharacters = 200;
constexpr std::size_t kTextareaCharacters = 4000;
constexpr std::size_t kMaxDigits = 15;  // what an IEEE 754 double holds exactly

FieldCheck kept(std::string_view value) { return {std::string(value), {}}; }
FieldCheck wrong(std::string_view code) { return {{}, std::string(code)}; }

// CRLF and a lone CR become LF.
std::string unix_lines(std::string_view text) {
  return replace_all(replace_all(std::string(text), "\r\n", "\n"), "\r", "\n");
}

FieldCheck check_characters(std::string_view text, bool lines, const FieldDefinition& field) {
  if (has_control_characters(text, lines)) return wrong("control_character");
  const std::size_t usual = lines ? kTextareaCharacters : kTextCharacters;
  const std::size_t most =
      field.max_length > 0 ? static_cast<std::size_t>(field.max_length) : usual;
  if (text.size() > 4 * most || utf8_length(text) > most) return wrong("too_long");
  return kept(text);
}

FieldCheck check_email(std::string_view text) {
  const auto address = EmailAddress::parse(text);
  return address ? kept(address->typed()) : wrong("invalid_address");
}

// Written after ITU-T E.123, but only loosely: people know their own number.
FieldCheck check_phone(std::string_view text) {
  const auto digits = std::count_if(text.begin(), text.end(), ascii_digit);
  const bool right_characters =
      text.find_first_not_of("0123456789 ()/-.", text.starts_with('+') ? 1 : 0) ==
      std::string_view::npos;
  if (!right_characters || digits < 5 || digits > 20 || text.size() > 40) {
    return wrong("invalid_phone");
  }
  return kept(text);
}

FieldCheck check_date(std::string_view text) {
  if (!calendar_date(text) || text < "1900-01-01" || text > "2100-12-31") {
    return wrong("invalid_date");
  }
  return kept(text);
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), ascii_digit);
}

// "+007.50" is kept as "7.5", "-0" as "0".
FieldCheck check_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  if (whole.empty() || !all_digits(whole) || !all_digits(fraction) ||
      (point < text.size() && fraction.empty())) {
    return wrong("invalid_number");
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  const std::size_t zeros = std::min(fraction.find_first_not_of('0'), fraction.size());
  const std::size_t digits = whole.size() + fraction.size() - (whole.empty() ? zeros : 0);
  if (digits > kMaxDigits || text.size() > 40) return wrong("invalid_number");
  if (digits == 0) return kept("0");
  std::string value = negative ? "-" : "";
  value += whole.empty() ? "0" : whole;
  if (!fraction.empty()) value.append(".").append(fraction);
  return {value, {}};
}

FieldCheck check_boolean(std::string_view text) {
  const std::string word = ascii_lower(text);
  for (const std::string_view yes : {"true", "1", "on", "yes"}) {
    if (word == yes) return kept("true");
  }
  for (const std::string_view no : {"false", "0", "off", "no", ""}) {
    if (word == no) return kept("false");
  }
  return wrong("invalid_boolean");
}

FieldCheck check_choice(std::string_view text, const FieldDefinition& field) {
  const bool listed =
      std::find(field.options.begin(), field.options.end(), text) != field.options.end();
  return listed ? kept(text) : wrong("not_an_option");
}

FieldCheck check_country(std::string_view text) {
  std::string code(text);
  for (char& c : code) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return iso_country(code) ? kept(code) : wrong("invalid_country");
}

FieldCheck check_filled(const FieldDefinition& field, std::string_view text) {
  switch (field.type) {
    case FieldType::kText:
      return check_characters(text, false, field);
    case FieldType::kTextarea:
      return check_characters(unix_lines(text), true, field);
    case FieldType::kEmail:
      return check_email(text);
    case FieldType::kPhone:
      return check_phone(text);
    case FieldType::kDate:
      return check_date(text);
    case FieldType::kNumber:
      return check_number(text);
    case FieldType::kBoolean:
      return check_boolean(text);
    case FieldType::kChoice:
      return check_choice(text, field);
    case FieldType::kCountry:
      return check_country(text);
  }
  return wrong("control_character");  // unreachable: the enum is complete
}

}  // namespace

FieldCheck check_field(const FieldDefinition& field, std::string_view posted) {
  if (!valid_utf8(posted)) return wrong("invalid_utf8");
  const std::string_view text = trim_ascii_space(posted);
  if (text.empty() && field.type != FieldType::kBoolean) return {};
  return check_filled(field, text);
}

}  // namespace jawort
