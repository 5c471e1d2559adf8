#include "engine/mail/header_field.h"

#include <algorithm>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kLineLimit = 78;         // RFC 5322 §2.1.1, without CRLF
constexpr std::size_t kEncodedLineLimit = 76;  // RFC 2047 §2, for lines with an encoded word
constexpr std::size_t kEncodedWordLimit = 75;  // the same
constexpr std::string_view kPrefixB = "=?UTF-8?B?";
constexpr std::string_view kPrefixQ = "=?UTF-8?Q?";
constexpr std::string_view kSuffix = "?=";
constexpr std::size_t kFrame = kPrefixB.size() + kSuffix.size();

bool printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// What RFC 2047 §5 (3) lets stand for itself in a phrase; it holds in all other places too.
bool q_plain(char c) {
  return ascii_alnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

std::size_t q_length(std::string_view bytes) {
  std::size_t length = 0;
  for (const char c : bytes) length += q_plain(c) || c == ' ' ? 1 : 3;
  return length;
}

std::string q_encoded(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      text += '_';
    } else if (q_plain(c)) {
      text += c;
    } else {
      text += {'=', kDigits[byte >> 4], kDigits[byte & 0xf]};
    }
  }
  return text;
}

std::size_t b_length(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

// The longest front of `text` that ends with a whole code point and whose encoding fits `room`; at
// least one code point, for 12 characters always fit. It ends behind a space where it can: some
// readers put one between two encoded words of a name, and there it does not show.
std::string_view front_that_fits(std::string_view text, std::size_t room, bool q) {
  std::size_t whole = 0, word = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    const bool inside = end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80;
    if (inside) continue;
    const std::size_t length = q ? q_length(text.substr(0, end)) : b_length(end);
    if (length > room && whole > 0) break;
    whole = end;
    if (text[end - 1] == ' ') word = end;
  }
  return text.substr(0, word > 0 && whole < text.size() ? word : whole);
}

// Encoded words, one per line; the first starts at `column`. Readers drop the white space between
// them (RFC 2047 §6.2).
std::string encoded_words(std::string_view text, std::size_t column) {
  const bool q = q_length(text) <= b_length(text.size());
  std::string out;
  while (!text.empty()) {
    const std::size_t limit = std::min(kEncodedWordLimit, kEncodedLineLimit - column);
    const std::string_view front = front_that_fits(text, limit - kFrame, q);
    text.remove_prefix(front.size());
    out += q ? kPrefixQ : kPrefixB;
    out += q ? q_encoded(front) : to_base64(as_bytes(front));
    out += kSuffix;
    if (!text.empty()) out += "\r\n ";
    column = 1;
  }
  return out;
}

// Characters of the last line of `text`.
std::size_t column_after(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  return end == std::string_view::npos ? text.size() : text.size() - end - 1;
}

// Plain text survives when it is ASCII, does not look encoded, has single spaces inside only, and
// each word fits on a line with the name of the field.
bool can_stay_plain(std::string_view value, std::size_t name_length) {
  if (!printable_ascii(value) || value.find("=?") != std::string_view::npos) return false;
  if (value.empty()) return true;
  const auto words = split(value, ' ');
  return std::ranges::all_of(words, [&](std::string_view word) {
    return !word.empty() && word.size() + name_length + 2 <= kLineLimit;
  });
}

std::string folded(std::string_view value, std::size_t column) {
  std::string out;
  for (const std::string_view word : split(value, ' ')) {
    if (!out.empty() && column + 1 + word.size() > kLineLimit) {
      out += "\r\n";
      column = 0;
    }
    if (!out.empty()) out += ' ';
    column += word.size() + (out.size() == 0 ? 0 : 1);
    out += word;
  }
  return out;
}

bool atom_character(char c) {
  return ascii_alnum(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::string quoted_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string phrase(std::string_view name, std::size_t column) {
  const bool atoms =
      std::ranges::all_of(name, [](char c) { return atom_character(c) || c == ' '; });
  const std::string plain = atoms ? std::string(name) : quoted_string(name);
  // Plain only where it fits the line of the field's name; longer ones are rare.
  const bool fits = column + plain.size() <= kLineLimit;
  return fits && can_stay_plain(name, column) ? plain : encoded_words(name, column);
}

}  // namespace

bool fits_header(std::string_view value) {
  return valid_utf8(value) && value.find('\t') == std::string_view::npos &&
         !has_control_characters(value, false);
}

std::string unstructured_field(std::string_view name, std::string_view value) {
  std::string field = std::string(name) + ": ";
  field += can_stay_plain(value, name.size()) ? folded(value, field.size())
                                              : encoded_words(value, field.size());
  return field + "\r\n";
}

std::string mailbox_field(std::string_view name, std::string_view display_name,
                          std::string_view address) {
  std::string field = std::string(name) + ": ";
  display_name = trim_ascii_space(display_name);
  if (!display_name.empty()) {
    field += phrase(display_name, field.size());
    const bool fits = column_after(field) + address.size() + 3 <= kEncodedLineLimit;
    field += fits ? " " : "\r\n ";
    field += '<';
  }
  field += address;
  if (!display_name.empty()) field += '>';
  return field + "\r\n";
}

}  // namespace jawort
