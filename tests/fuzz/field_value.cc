// What is typed into a declared field, and the small notations of definitions. Input: the field's
// type and limit in two bytes, then the text.
#include "engine/base/text.h"
#include "engine/campaign/definition_set.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void check_posted(Input input) {
  FieldDefinition field;
  field.name = "x";
  field.type = static_cast<FieldType>(input.below(9));
  field.options = {"a", "B b", "ü"};
  field.max_length = static_cast<int>(input.below(50));
  const std::string_view posted = input.rest();
  const FieldCheck check = check_field(field, posted);
  if (!check.error_code.empty()) return;
  promise(valid_utf8(check.value), "a kept value is UTF-8");
  promise(!has_control_characters(check.value, field.type == FieldType::kTextarea),
          "a kept value has no control characters");
  const bool limited = field.type == FieldType::kText || field.type == FieldType::kTextarea;
  promise(!limited || field.max_length == 0 ||
              utf8_length(check.value) <= static_cast<std::size_t>(field.max_length),
          "a kept value is not too long");
  const FieldCheck again = check_field(field, check.value);
  promise(again.error_code.empty() && again.value == check.value, "a kept value stays as it is");
}

void check_times(std::string_view text) {
  if (const auto at = parse_rfc3339(text)) {
    promise(parse_rfc3339(rfc3339(*at)) == at, "a moment can be written and read again");
  }
  if (const auto duration = parse_duration(text)) {
    promise(duration->months >= 0 && duration->seconds.count() >= 0, "no negative durations");
    const Instant start = from_millis(1'700'000'000'000);
    promise(plus(start, *duration) >= start, "and they lead forwards");
  }
  if (const auto limits = parse_rate_limits(text)) {
    promise(!limits->empty(), "a limit says something");
    for (const RateLimit& limit : *limits) {
      promise(limit.count > 0 && (limit.window.months > 0 || limit.window.seconds.count() > 0),
              "a limit lets something pass, in some time");
    }
  }
}

void check_spellings(std::string_view text) {
  if (const auto bytes = from_base64url(text)) {
    promise(to_base64url(*bytes) == text, "base64url has one spelling");
  }
  if (const auto bytes = from_base64(text)) {
    promise(to_base64(*bytes) == text, "base64 has one spelling");
  }
  if (const auto bytes = from_hex(text)) promise(to_hex(*bytes) == text, "so has hexadecimal");
  promise(from_base64url(to_base64url(as_bytes(text))) ==
              Bytes(as_bytes(text).begin(), as_bytes(text).end()),
          "and all of them carry any bytes");
}

void field_value(std::string_view bytes) {
  check_posted(Input(bytes));
  Input rest(bytes);
  rest.byte();
  rest.byte();
  check_times(rest.rest());
  check_spellings(rest.rest());
}

const Registration registered("field_value", field_value);

}  // namespace
}  // namespace jawort::fuzz
