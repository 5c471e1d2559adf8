// Whatever colour a company has: what is written in it, on it and beside it can be read.
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>

#include "templates/company_colour.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

// WCAG 2.2, written a second time.
double luminance(const std::string& colour) {
  REQUIRE(colour.size() == 7);
  double sum = 0;
  const std::array<double, 3> weights = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& one, const std::string& other) {
  const double a = luminance(one) + 0.05;
  const double b = luminance(other) + 0.05;
  return a > b ? a / b : b / a;
}

using Properties = std::map<std::string, std::string>;

// The custom properties of "{--name:#rrggbb;…}" that opens at or after `from`.
Properties properties(const std::string& css, std::size_t from) {
  Properties found;
  const std::size_t end = css.find('}', from);
  for (auto at = css.find("--", from); at < end; at = css.find("--", at + 2)) {
    const std::size_t colon = css.find(':', at);
    found[css.substr(at + 2, colon - at - 2)] = css.substr(colon + 1, 7);
  }
  return found;
}

// With --ground, --card, --ink and --soft of pages/layout.mustache.
void check_readable(const Properties& ours, const std::array<const char*, 4>& fixed) {
  REQUIRE(ours.size() == 4);
  const std::string tint = ours.at("tint");
  for (const char* name : {"accent", "accent-strong"}) {
    const std::string accent = ours.at(name);
    for (const std::string& other :
         {std::string(fixed[0]), std::string(fixed[1]), tint, ours.at("on-accent")}) {
      CAPTURE(name, accent, other);
      CHECK(contrast(accent, other) >= 4.5);
    }
  }
  for (const char* text : {fixed[2], fixed[3]}) CHECK(contrast(text, tint) >= 4.5);
}

TEST_CASE("every colour of a company can be read, light and dark", "[templates]") {
  std::array<char, 8> colour{};
  for (int red = 0; red <= 255; red += 51) {
    for (int green = 0; green <= 255; green += 51) {
      for (int blue = 0; blue <= 255; blue += 51) {
        std::snprintf(colour.data(), colour.size(), "#%02x%02x%02x", red, green, blue);
        const std::string css = colour_style(colour.data());
        CAPTURE(colour.data(), css);
        const std::size_t dark = css.find("@media (prefers-color-scheme:dark){:root{");
        REQUIRE(css.starts_with(":root{"));
        REQUIRE(dark != std::string::npos);
        check_readable(properties(css, 0), {"#f4f3ef", "#ffffff", "#1d2321", "#56605c"});
        check_readable(properties(css, dark), {"#121514", "#1b1f1e", "#eceeec", "#a9b3ae"});
      }
    }
  }
}

TEST_CASE("a colour that can be read stays as it is, and what is none is left out", "[templates]") {
  CHECK(colour_style("#7a1f3d").starts_with(":root{--accent:#7a1f3d;"));
  CHECK_FALSE(colour_style("#ffff00").starts_with(":root{--accent:#ffff00;"));
  for (const char* wrong : {"", "#fff", "7a1f3d0", "#7a1f3g", "#7a1f3d;}", "red"}) {
    CAPTURE(wrong);
    CHECK(colour_style(wrong).empty());
  }
}

}  // namespace
}  // namespace jawort
