#include "engine/base/text.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace jawort {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// One code point and the rest. Answers false at the first byte that RFC 3629 §4 does not allow.
// REQUIRES: !rest.empty()
bool take_code_point(std::string_view& rest, char32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
  const std::uint8_t first = byte(0);
  code = first;
  if (first < 0x80) {
    rest.remove_prefix(1);
    return true;
  }
  if (first < 0xC2 || first > 0xF4) return false;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (rest.size() < length) return false;
  // A smaller value in this many bytes would be overlong.
  const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  code &= 0xFFU >> (length + 1);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return false;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  rest.remove_prefix(length);
  return code >= least && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

// How many bytes at the front are surely ASCII, eight at a time: nearly all text is.
std::size_t ascii_run(std::string_view text) {
  std::size_t run = 0;
  for (std::uint64_t eight = 0; text.size() - run >= sizeof(eight); run += sizeof(eight)) {
    std::memcpy(&eight, text.data() + run, sizeof(eight));
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  return run;
}

bool is_control(char32_t code, bool allow_newline) {
  if (code < 0x20) return code != '\t' && !(allow_newline && code == '\n');
  return (code >= 0x7F && code <= 0x9F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool ascii_equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim_ascii_space(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  if (what.empty() || text.find(what) == std::string::npos) return text;
  std::string out;
  std::string_view rest = text;
  for (std::size_t at = rest.find(what); at != std::string_view::npos; at = rest.find(what)) {
    out.append(rest.substr(0, at)).append(with);
    rest.remove_prefix(at + what.size());
  }
  return out.append(rest);
}

bool valid_utf8(std::string_view text) {
  char32_t code = 0;
  while (!text.empty()) {
    text.remove_prefix(ascii_run(text));
    if (text.empty()) break;
    if (!take_code_point(text, code)) return false;
  }
  return true;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80;
  }));
}

bool has_control_characters(std::string_view text, bool allow_newline) {
  char32_t code = 0;
  while (!text.empty()) {
    if (!take_code_point(text, code) || is_control(code, allow_newline)) return true;
  }
  return false;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<std::uint8_t>(text[bytes]) & 0xC0U) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string json_quote(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  out.reserve(text.size() + text.size() / 8 + 2);
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<std::uint8_t>(c) >= 0x20) {
          out.push_back(c);
        } else {
          out.append("\\u00").push_back(kDigits[static_cast<std::uint8_t>(c) >> 4U]);
          out.push_back(kDigits[c & 0xF]);
        }
    }
  }
  return out += '"';
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    if (ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[static_cast<std::uint8_t>(c) >> 4U]);
      out.push_back(kDigits[c & 0xF]);
    }
  }
  return out;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || std::to_string(number) != text) return std::nullopt;
  return number;
}

}  // namespace jawort
