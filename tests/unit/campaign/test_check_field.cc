#include "engine/campaign/value_checks.h"
#include "tests/unit/campaign/sample_definitions.h"

namespace jawort {
namespace {

struct Case {
  FieldType type;
  std::string posted;
  std::string value;  // as kept
  std::string error;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

void check_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(name_of(c.type) << ": " << c.posted.substr(0, 60));
    FieldDefinition field;
    field.type = c.type;
    field.options = {"Tübingen", "Reutlingen"};
    const FieldCheck result = check_field(field, c.posted);
    CHECK(result.value == c.value);
    CHECK(result.error_code == c.error);
  }
}

TEST_CASE("Text and textarea") {
  const std::string long_line = repeated("ö", 200);
  const std::string long_text = repeated("€", 4000);
  check_cases({
      {FieldType::kText, "  Anna \t\r\n", "Anna", ""},
      {FieldType::kText, "", "", ""},
      {FieldType::kText, " \n ", "", ""},
      {FieldType::kText, "José ὀδυσσεύς 李 👩‍🚀",
       "José ὀδυσσεύς 李 👩‍🚀", ""},
      {FieldType::kText, "a\tb", "a\tb", ""},
      {FieldType::kText, "a\nb", "", "control_character"},
      {FieldType::kText, "a\rBcc: x", "", "control_character"},
      {FieldType::kText, std::string("a\0b", 3), "", "control_character"},
      {FieldType::kText,
       "a\xE2\x80\xAE"
       "b",
       "", "control_character"},  // U+202E
      {FieldType::kText,
       "a\xC2\x85"
       "b",
       "", "control_character"},  // U+0085
      {FieldType::kText,
       "a\xE2\x80\xA8"
       "b",
       "", "control_character"},  // U+2028
      {FieldType::kText, "\xFF", "", "invalid_utf8"},
      {FieldType::kText, "\xC0\xAF", "", "invalid_utf8"},
      {FieldType::kText, "\xED\xA0\x80", "", "invalid_utf8"},
      {FieldType::kText, long_line, long_line, ""},
      {FieldType::kText, long_line + "x", "", "too_long"},
      {FieldType::kText, repeated("👩", 200), repeated("👩", 200), ""},
      {FieldType::kTextarea, "one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour", ""},
      {FieldType::kTextarea, "a\vb", "", "control_character"},
      {FieldType::kTextarea, long_text, long_text, ""},
      {FieldType::kTextarea, long_text + "x", "", "too_long"},
      {FieldType::kTextarea, "\r\n\r\n", "", ""},
      {FieldType::kTextarea, "\xFE", "", "invalid_utf8"},
  });
}

TEST_CASE("max_length counts characters, after trimming") {
  FieldDefinition field;
  field.max_length = 3;
  CHECK(check_field(field, " äöü ").value == "äöü");
  CHECK(check_field(field, "äöüß").error_code == "too_long");
  field.max_length = 1000;
  CHECK(check_field(field, repeated("x", 1000)).error_code.empty());
}

TEST_CASE("E-mail, phone, date") {
  check_cases({
      {FieldType::kEmail, " Anna@Example.org ", "Anna@Example.org", ""},
      {FieldType::kEmail, "", "", ""},
      {FieldType::kEmail, "anna", "", "invalid_address"},
      {FieldType::kEmail, "anna@example", "", "invalid_address"},
      {FieldType::kEmail, "a@b.example\r\nBcc: c@d.example", "", "invalid_address"},
      {FieldType::kPhone, " +49 (0)7071 / 12-34.5 ", "+49 (0)7071 / 12-34.5", ""},
      {FieldType::kPhone, "12345", "12345", ""},
      {FieldType::kPhone, "1234", "", "invalid_phone"},
      {FieldType::kPhone, "12345678901234567890", "12345678901234567890", ""},
      {FieldType::kPhone, "123456789012345678901", "", "invalid_phone"},
      {FieldType::kPhone, "49+7071123", "", "invalid_phone"},
      {FieldType::kPhone, "0800 FLOWERS", "", "invalid_phone"},
      {FieldType::kPhone, "12345" + repeated(" ", 50) + "6", "", "invalid_phone"},
      {FieldType::kDate, "2024-02-29", "2024-02-29", ""},
      {FieldType::kDate, "2023-02-29", "", "invalid_date"},
      {FieldType::kDate, "1900-02-29", "", "invalid_date"},
      {FieldType::kDate, "1900-01-01", "1900-01-01", ""},
      {FieldType::kDate, "1899-12-31", "", "invalid_date"},
      {FieldType::kDate, "2100-12-31", "2100-12-31", ""},
      {FieldType::kDate, "2101-01-01", "", "invalid_date"},
      {FieldType::kDate, "2024-13-01", "", "invalid_date"},
      {FieldType::kDate, "2024-00-10", "", "invalid_date"},
      {FieldType::kDate, "2024-04-31", "", "invalid_date"},
      {FieldType::kDate, "31.12.2024", "", "invalid_date"},
      {FieldType::kDate, "2024-1-1", "", "invalid_date"},
      {FieldType::kDate, "", "", ""},
  });
}

TEST_CASE("Number") {
  check_cases({
      {FieldType::kNumber, "0", "0", ""},
      {FieldType::kNumber, "-0", "0", ""},
      {FieldType::kNumber, "-0.000", "0", ""},
      {FieldType::kNumber, "+007.50", "7.5", ""},
      {FieldType::kNumber, "-12.0", "-12", ""},
      {FieldType::kNumber, "0.05", "0.05", ""},
      {FieldType::kNumber, "1000", "1000", ""},
      {FieldType::kNumber, "123456789012345", "123456789012345", ""},
      {FieldType::kNumber, "1234567890123456", "", "invalid_number"},
      {FieldType::kNumber, "0.00000123456789012345", "0.00000123456789012345", ""},
      {FieldType::kNumber, "1.234567890123456", "", "invalid_number"},
      {FieldType::kNumber, "1" + repeated("0", 15), "", "invalid_number"},
      {FieldType::kNumber, repeated("0", 60), "", "invalid_number"},
      {FieldType::kNumber, "1,5", "", "invalid_number"},
      {FieldType::kNumber, ".5", "", "invalid_number"},
      {FieldType::kNumber, "5.", "", "invalid_number"},
      {FieldType::kNumber, "1e3", "", "invalid_number"},
      {FieldType::kNumber, "NaN", "", "invalid_number"},
      {FieldType::kNumber, "--1", "", "invalid_number"},
      {FieldType::kNumber, "-", "", "invalid_number"},
      {FieldType::kNumber, "1.2.3", "", "invalid_number"},
      {FieldType::kNumber, "٣", "", "invalid_number"},
      {FieldType::kNumber, "", "", ""},
  });
}

TEST_CASE("Boolean, choice, country") {
  check_cases({
      {FieldType::kBoolean, "true", "true", ""},
      {FieldType::kBoolean, "1", "true", ""},
      {FieldType::kBoolean, "on", "true", ""},
      {FieldType::kBoolean, "YES", "true", ""},
      {FieldType::kBoolean, "false", "false", ""},
      {FieldType::kBoolean, "0", "false", ""},
      {FieldType::kBoolean, "off", "false", ""},
      {FieldType::kBoolean, "no", "false", ""},
      {FieldType::kBoolean, "", "false", ""},
      {FieldType::kBoolean, "maybe", "", "invalid_boolean"},
      {FieldType::kChoice, "Tübingen", "Tübingen", ""},
      {FieldType::kChoice, " Reutlingen ", "Reutlingen", ""},
      {FieldType::kChoice, "tübingen", "", "not_an_option"},
      {FieldType::kChoice, "Berlin", "", "not_an_option"},
      {FieldType::kChoice, "", "", ""},
      {FieldType::kCountry, "DE", "DE", ""},
      {FieldType::kCountry, "at", "AT", ""},
      {FieldType::kCountry, "UK", "", "invalid_country"},
      {FieldType::kCountry, "XX", "", "invalid_country"},
      {FieldType::kCountry, "DEU", "", "invalid_country"},
      {FieldType::kCountry, "", "", ""},
  });
}

TEST_CASE("Country codes are found, each of them and no other") {
  int known = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) known += iso_country(std::string{a, b}) ? 1 : 0;
  }
  CHECK(known == 249);
  CHECK_FALSE(iso_country(""));
  CHECK_FALSE(iso_country("D"));
}

TEST_CASE("Names of field types") {
  CHECK(name_of(FieldType::kTextarea) == "textarea");
  CHECK(name_of(FieldType::kCountry) == "country");
}

}  // namespace
}  // namespace jawort
