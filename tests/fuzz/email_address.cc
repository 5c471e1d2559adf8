#include "engine/consent/email_address.h"

#include <algorithm>

#include "engine/base/text.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void check_envelope(std::string_view address) {
  if (!safe_envelope_address(address)) return;
  promise(std::ranges::count(address, '@') == 1, "one @");
  promise(std::ranges::all_of(address, [](char c) { return c > 0x20 && c < 0x7f; }),
          "printable ASCII without space");
  promise(address.find_first_of("<>()[]\\,;:\"") == std::string_view::npos, "no delimiters");
  promise(EmailAddress::parse(address).ok(), "what may be mailed may be typed");
}

void email_address(std::string_view typed) {
  check_envelope(typed);
  const auto address = EmailAddress::parse(typed);
  if (!address.ok()) return;
  promise(safe_envelope_address(address->mailbox()), "what is accepted can be mailed");
  promise(safe_envelope_address(address->normalised()), "in its normal form too");
  promise(address->normalised() == ascii_lower(address->mailbox()), "equal but for case");
  promise(address->normalised().ends_with("@" + std::string(address->domain())), "its domain");
  promise(address->typed() == trim_ascii_space(typed), "kept as typed");
  for (const std::string* form : {&address->mailbox(), &address->normalised(), &address->typed()}) {
    const auto again = EmailAddress::parse(*form);
    promise(again.ok() && *again == *address, "all its forms are the same address");
  }
  const std::string masked = address->masked();
  promise(std::ranges::count(masked, '*') >= 6, "masked");
  // One character of the local part, one of the domain, and the last label.
  const auto at = masked.find("***@");
  promise(at == 1, "of the local part one character is told");
  const auto last = address->normalised().rfind('.');
  promise(masked.size() == 1 + 4 + 1 + 3 + (address->normalised().size() - last),
          "of the domain one character and the last label");
}

const Registration registered("email_address", email_address);

}  // namespace
}  // namespace jawort::fuzz
