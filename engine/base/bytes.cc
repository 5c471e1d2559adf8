#include "engine/base/bytes.h"

namespace jawort {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase32[] = "abcdefghijklmnopqrstuvwxyz234567";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Digit → its value, -1 for what is not a digit of the alphabet.
using DigitValues = std::array<std::int8_t, 256>;

constexpr DigitValues values_of(std::string_view alphabet) {
  DigitValues values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

constexpr DigitValues kHexValues = values_of(std::string_view(kHexDigits));
constexpr DigitValues kBase32Values = values_of(std::string_view(kBase32));
constexpr DigitValues kBase64Values = values_of(std::string_view(kBase64));
constexpr DigitValues kBase64UrlValues = values_of(std::string_view(kBase64Url));

// `width`: bits per digit.
std::string encode_digits(ByteView bytes, const char* alphabet, unsigned width = 6) {
  std::string out;
  out.reserve(bytes.size() * 8 / width + 4);
  const std::uint32_t digit = (1U << width) - 1;
  std::uint32_t bits = 0;
  unsigned waiting = 0;  // how many low bits of `bits` are not written yet
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8U | byte;
    for (waiting += 8; waiting >= width; waiting -= width) {
      out.push_back(alphabet[bits >> (waiting - width) & digit]);
    }
  }
  if (waiting > 0) out.push_back(alphabet[bits << (width - waiting) & digit]);
  return out;
}

std::optional<Bytes> decode_digits(std::string_view text, const DigitValues& values,
                                   unsigned width = 6) {
  Bytes out;
  out.reserve(text.size() * width / 8);
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  for (const char digit : text) {
    const int value = values[static_cast<std::uint8_t>(digit)];
    if (value < 0) return std::nullopt;
    bits = bits << width | static_cast<std::uint32_t>(value);
    waiting += width;
    if (waiting >= 8) {
      waiting -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> waiting));
    }
  }
  // Digits and bits that belong to no byte would give a value several spellings.
  if (waiting >= width || (bits & ((1U << waiting) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4U]);
    out.push_back(kHexDigits[byte & 0xFU]);
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = kHexValues[static_cast<std::uint8_t>(text[i])];
    const int low = kHexValues[static_cast<std::uint8_t>(text[i + 1])];
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base32(ByteView bytes) { return encode_digits(bytes, kBase32, 5); }

std::optional<Bytes> from_base32(std::string_view text) {
  return decode_digits(text, kBase32Values, 5);
}

std::string to_base64url(ByteView bytes) { return encode_digits(bytes, kBase64Url); }

std::optional<Bytes> from_base64url(std::string_view text) {
  return decode_digits(text, kBase64UrlValues);
}

std::string to_base64(ByteView bytes) {
  std::string out = encode_digits(bytes, kBase64);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  return decode_digits(text, kBase64Values);
}

}  // namespace jawort
