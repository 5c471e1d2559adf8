// What a mail program makes of HTML, as far as the linter needs it: which words are seen, which
// elements with which attributes there are. Reads anything, never fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jawort {

struct HtmlAttribute {
  std::string name;   // in lower case
  std::string value;  // character references decoded
};

struct HtmlElement {
  std::string name;  // in lower case
  std::vector<HtmlAttribute> attributes;
  std::string content;    // of style and script
  std::size_t begin = 0;  // of its "<" in the source

  const std::string* find(std::string_view attribute) const;
};

struct HtmlView {
  // As long as the source, byte for byte in its place: text with character references decoded,
  // spaces where an element parts words, U+0001 where it does not (and after what was decoded).
  std::string visible;
  std::vector<HtmlElement> elements;  // in their order; those of conditional comments too
};
HtmlView view_html(std::string_view source);

}  // namespace jawort
