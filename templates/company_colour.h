// The company's colour on the pages.
#pragma once

#include <string>
#include <string_view>

namespace jawort {

// CSS that replaces the accent of pages/layout.mustache, light and dark, by `colour` ("#rrggbb"),
// or by what is next to it and can be read: as text on each ground of the pages, and below the text
// of a button, with a contrast of at least 4.5 (WCAG 2.2 criterion 1.4.3). Empty for anything else.
std::string colour_style(std::string_view colour);

}  // namespace jawort
