// What happens to a value on its way into HTML, and to a whole subject.
#pragma once

#include <string>
#include <string_view>

namespace jawort {

// For element content and quoted attributes. Besides base's escaping: a brace, so that no template
// language of a page around ours reads a value as its own, and control bytes, which HTML does not
// allow, become U+FFFD.
std::string escape_for_html(std::string_view value);

// One header line: what could end it, or move the cursor, becomes a space; no two in a row.
std::string one_line(std::string text);

}  // namespace jawort
