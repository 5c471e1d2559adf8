// The token in a form that we served ourselves: when it was shown, and which form in which version.
// 39 bytes, 52 characters of base64url in exactly one spelling: key id (1), time in milliseconds
// since 1970, big-endian (6), HMAC-SHA256 (32). Stateless, so it may be sent any number of times.
// FORMAT.md §8 has the bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

namespace jawort {

// Under the newest token key. REQUIRES: shown_at lies between 1970 and the year 10889
std::string make_form_token(const Keys& keys, std::string_view form, const Hash256& version,
                            Instant shown_at);
// When the form was shown; nothing for a token that is malformed, forged, under an unknown key, or
// of another form or version. How old it may be is not judged here. Constant time in the MAC.
std::optional<Instant> open_form_token(const Keys& keys, std::string_view token,
                                       std::string_view form, const Hash256& version);

}  // namespace jawort
