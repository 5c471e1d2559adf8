#include "templates/escaping.h"

#include "engine/base/text.h"

namespace jawort {

std::string escape_for_html(std::string_view value) {
  std::string out;
  out.reserve(value.size() + value.size() / 8);
  for (const char c : html_escape(value)) {
    const bool control = (c >= 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
    if (control) {
      out += "\uFFFD";
    } else if (c == '{') {
      out += "&#123;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string one_line(std::string text) {
  for (const char* separator : {"\u0085", "\u2028", "\u2029"}) {
    text = replace_all(std::move(text), separator, " ");
  }
  std::string line;
  for (const char c : text) {
    const bool blank = (c >= 0 && c <= 0x20) || c == 0x7F;
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace jawort
