// Raw bytes and their spellings: hexadecimal, base32, base64url and base64.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jawort {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Hash256 = std::array<std::uint8_t, 32>;  // SHA-256, FIPS 180-4

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes);                    // lower case
std::optional<Bytes> from_hex(std::string_view text);  // lower case only, so one spelling per value

// RFC 4648 §6 in lower case, without padding; decoding is as strict as below.
std::string to_base32(ByteView bytes);
std::optional<Bytes> from_base32(std::string_view text);

// RFC 4648 §5 without padding. Decoding takes exactly one spelling per value: no padding, no white
// space, and the unused bits of the last digit are zero.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);
// RFC 4648 §4 with padding, for MIME and for keys. Decoding is as strict; the padding must be
// there.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace jawort
