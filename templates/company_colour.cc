#include "templates/company_colour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "engine/base/bytes.h"

namespace jawort {
namespace {

struct Colour {
  std::array<std::uint8_t, 3> channels{};
};

constexpr double kLeastContrast = 4.6;  // a little above 4.5, for rounding

constexpr Colour kBlack{{0, 0, 0}};
constexpr Colour kWhite{{255, 255, 255}};

// --ground, --card and --on-accent of layout.mustache.
struct Scheme {
  Colour ground, card, on_accent;
  Colour away;  // where contrast grows
  double tint;  // how much of the accent is in --tint
};
constexpr Scheme kLight{{{0xf4, 0xf3, 0xef}}, kWhite, kWhite, kBlack, 0.06};
constexpr Scheme kDark{
    {{0x12, 0x15, 0x14}}, {{0x1b, 0x1f, 0x1e}}, {{0x0b, 0x12, 0x10}}, kWhite, 0.08};

std::optional<Colour> parse_colour(std::string_view text) {
  if (text.size() != 7 || text.front() != '#') return std::nullopt;
  const auto bytes = from_hex(text.substr(1));
  if (!bytes || bytes->size() != 3) return std::nullopt;
  Colour colour;
  std::copy(bytes->begin(), bytes->end(), colour.channels.begin());
  return colour;
}

std::string text_of(const Colour& colour) { return "#" + to_hex(colour.channels); }

Colour mixed(const Colour& colour, const Colour& other, double share) {
  Colour out;
  for (std::size_t i = 0; i < out.channels.size(); ++i) {
    const double value = colour.channels[i] * (1 - share) + other.channels[i] * share;
    out.channels[i] = static_cast<std::uint8_t>(std::lround(value));
  }
  return out;
}

// WCAG 2.2, "relative luminance" and "contrast ratio".
double luminance(const Colour& colour) {
  constexpr std::array<double, 3> kWeights = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    const double value = colour.channels[i] / 255.0;
    sum +=
        kWeights[i] * (value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const Colour& a, const Colour& b) {
  const auto [dark, bright] = std::minmax({luminance(a), luminance(b)});
  return (bright + 0.05) / (dark + 0.05);
}

Colour tint_of(const Scheme& scheme, const Colour& accent) {
  return mixed(scheme.card, accent, scheme.tint);
}

bool readable(const Scheme& scheme, const Colour& accent) {
  for (const Colour& other :
       {scheme.ground, scheme.card, tint_of(scheme, accent), scheme.on_accent}) {
    if (contrast(accent, other) < kLeastContrast) return false;
  }
  return true;
}

// The first of 64 steps towards black or white that can be read; the last one always can.
Colour accent_of(const Scheme& scheme, const Colour& colour) {
  constexpr int kSteps = 64;
  Colour accent = colour;
  for (int step = 1; step <= kSteps && !readable(scheme, accent); ++step) {
    accent = mixed(colour, scheme.away, static_cast<double>(step) / kSteps);
  }
  return accent;
}

std::string properties(const Scheme& scheme, const Colour& colour) {
  const Colour accent = accent_of(scheme, colour);
  return ":root{--accent:" + text_of(accent) +
         ";--accent-strong:" + text_of(mixed(accent, scheme.away, 0.25)) +
         ";--on-accent:" + text_of(scheme.on_accent) +
         ";--tint:" + text_of(tint_of(scheme, accent)) + "}";
}

}  // namespace

std::string colour_style(std::string_view colour) {
  const auto parsed = parse_colour(colour);
  if (!parsed) return {};
  return properties(kLight, *parsed) + "@media (prefers-color-scheme:dark){" +
         properties(kDark, *parsed) + "}";
}

}  // namespace jawort
