#include "engine/evidence/name_code.h"

#include <algorithm>
#include <array>

namespace jawort {
namespace {

constexpr std::uint8_t kSpelledOut = 0;

// The code of a name is its place here, from 1. The table belongs to version 2 of the leaf, and is
// never changed: a name that comes later is spelled out, because there is one encoding of an event.
constexpr auto kNames = std::to_array<std::string_view>({
    "form_submitted",
    "mail_handed_over",
    "mail_deferred",
    "mail_refused",
    "mail_uncertain",
    "mail_dropped",
    "link_opened",
    "consent_confirmed",
    "consent_denied",
    "consent_expired",
    "consent_revoked",
    "form",
    "form_version",
    "version_stated",
    "language",
    "date",
    "zone",
    "checks",
    "campaign",
    "grade",
    "expires_at",
    "template_version",
    "purpose:",
    "round:",
    "verdict",
    "code",
    "enhanced",
    "relay",
    "tls",
    "attempt",
    "by",
    "client",
    "reason",
    "revoked_by",
    "email",
    "email_normalised",
    "field:",
    "page",
    "ip",
    "user_agent",
    "reply",
    "mail",
    "mail_sha256",
    "previous:",
    "seconds_since_hand_over",
});

// An entry that ends with a colon stands for all names that begin with it and go on.
bool is_prefix(std::string_view entry) { return entry.ends_with(':'); }

// 0 for a name that the table does not have.
std::uint8_t code_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  const bool goes_on = colon != std::string_view::npos && colon + 1 < name.size();
  const std::string_view wanted = goes_on ? name.substr(0, colon + 1) : name;
  if (!goes_on && colon != std::string_view::npos) return kSpelledOut;
  const auto found = std::ranges::find(kNames, wanted);
  if (found == kNames.end()) return kSpelledOut;
  return static_cast<std::uint8_t>(found - kNames.begin() + 1);
}

}  // namespace

void write_name(ByteWriter& out, std::string_view name) {
  const std::uint8_t code = code_of(name);
  out.number(code, 1);
  if (code == kSpelledOut) return out.text(name, 1);
  const std::string_view entry = kNames.at(code - 1U);
  if (is_prefix(entry)) out.text(name.substr(entry.size()), 1);
}

std::string read_name(ByteReader& in, bool strict) {
  const auto code = static_cast<std::uint8_t>(in.number(1));
  if (!in.ok()) return {};
  if (code == kSpelledOut) {
    std::string name = in.text(1);
    if (strict && code_of(name) != kSpelledOut) in.fail();
    return name;
  }
  if (code > kNames.size()) {
    in.fail();
    return {};
  }
  std::string name(kNames.at(code - 1U));
  if (!is_prefix(name)) return name;
  const std::string rest = in.text(1);
  if (rest.empty()) in.fail();
  return name + rest;
}

}  // namespace jawort
