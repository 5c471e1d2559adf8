// The three encodings of a form's body. Input: the Content-Type on the first line, then the body.
#include "webhooks/incoming/form_body.h"

#include <algorithm>

#include "engine/base/text.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

std::string urlencoded(const FormBody& body) {
  std::string out;
  for (const FormEntry& entry : body.entries) {
    if (!out.empty()) out += '&';
    out += percent_encode(entry.name) + "=" + percent_encode(entry.value);
  }
  return out;
}

void form_body(std::string_view bytes) {
  Input input(bytes);
  const std::string_view type = input.line();
  const FormBody body = parse_form_body(type, input.rest());
  if (!body.ok()) {
    promise(body.status == 400 || body.status == 413 || body.status == 415, "a known refusal");
    promise(!body.reason.empty() && body.entries.empty(), "a refusal says why, and keeps nothing");
    return;
  }
  promise(input.rest().size() <= kFormBodyLimit, "the body is limited");
  promise(body.entries.size() <= kFormFieldsLimit, "the fields are limited");
  for (const FormEntry& entry : body.entries) {
    promise(entry.name.size() <= kFieldNameLimit, "names are limited");
    promise(valid_utf8(entry.name) && valid_utf8(entry.value), "all text is UTF-8");
    promise((entry.name + entry.value).find('\0') == std::string::npos, "no text holds NUL");
    promise(entry.is_text || entry.value.empty(), "what is no text has no value");
  }
  // Whichever encoding it came in: written as a form it reads the same, or is too long for one.
  const std::string again = urlencoded(body);
  const bool all_text = std::ranges::all_of(body.entries, &FormEntry::is_text);
  if (!all_text || again.size() > kFormBodyLimit) return;
  const bool nameless = std::ranges::any_of(
      body.entries, [](const FormEntry& e) { return e.name.empty() && e.value.empty(); });
  const FormBody reread = parse_form_body("application/x-www-form-urlencoded", again);
  promise(reread.ok() && (nameless || reread.entries == body.entries), "one meaning, one reading");
}

const Registration registered("form_body", form_body);

}  // namespace
}  // namespace jawort::fuzz
