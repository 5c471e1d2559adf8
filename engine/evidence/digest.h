// SHA-256 (FIPS 180-4) and HMAC (RFC 2104). The OpenSSL headers stay in the .cc files of this room.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace jawort {

// Thread-safe. A broken OpenSSL ends the process: evidence without digests would be worse than
// none.
Hash256 sha256(ByteView bytes);
// Over the parts one after the other, as if they were one string.
Hash256 sha256(std::initializer_list<ByteView> parts);
Hash256 hmac_sha256(ByteView key, ByteView message);
Hash256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);

// "sha256:" and 64 lower-case hexadecimal digits, as versions are written everywhere.
std::string version_text(const Hash256& hash);
std::optional<Hash256> parse_version_text(std::string_view text);

}  // namespace jawort
