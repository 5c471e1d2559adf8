// The date of a mail (RFC 5322 §3.3), read back as our own composer writes it (TimeZone::rfc5322).
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/clock.h"

namespace jawort {

// "Mon, 23 Nov 2026 10:15:02 +0100"; nothing for any other spelling, comments and the obsolete
// forms included. The day of the week is not held against the date.
std::optional<Instant> parse_mail_date(std::string_view text);

}  // namespace jawort
