#include "engine/dossier/printed_document.h"

#include "engine/base/text.h"

namespace jawort {
namespace {

// How many bytes the code point at `at` has; 0 when there is none that RFC 3629 allows.
std::size_t length_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return at + length <= text.size() && valid_utf8(text.substr(at, length)) ? length : 0;
}

std::string spelled_out(std::string_view code_point) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  unsigned value = static_cast<unsigned char>(code_point[0]);
  if (code_point.size() == 2) value &= 0x1F;
  if (code_point.size() == 3) value &= 0x0F;
  for (const char c : code_point.substr(1))
    value = value << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  std::string out = "[U+0000]";
  for (std::size_t i = 0; i < 4; ++i) out[6 - i] = kDigits[value >> (4 * i) & 0xFU];
  return out;
}

}  // namespace

std::string fit_for_print(std::string_view text) {
  if (!has_control_characters(text, /*allow_newline=*/true)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = length_at(text, at);
    const std::string_view one = text.substr(at, std::max<std::size_t>(length, 1));
    const bool line_end = one == "\r" && at + 1 < text.size() && text[at + 1] == '\n';
    at += one.size();
    if (length == 0) {
      out += "\uFFFD";
    } else if (line_end) {
      continue;
    } else if (one != "\t" && has_control_characters(one, /*allow_newline=*/true)) {
      out += spelled_out(one);
    } else {
      out += one;
    }
  }
  return out;
}

}  // namespace jawort
