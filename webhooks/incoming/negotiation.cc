#include "webhooks/incoming/negotiation.h"

#include <algorithm>
#include <optional>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kRangesRead = 32;  // more is nobody's wish

struct Range {
  std::string_view name;  // "text/html" or "de-AT"
  int quality = 1000;
};

// RFC 9110 §12.4.2: 0, 1, and at most three digits behind the point.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = 100;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (!ascii_digit(text[i])) return std::nullopt;
    value += (text[i] - '0') * unit;
  }
  return value <= 1000 ? std::optional(value) : std::nullopt;
}

std::vector<Range> parse_ranges(std::string_view header) {
  std::vector<Range> ranges;
  for (const auto element : split(header, ',')) {
    if (ranges.size() == kRangesRead) break;
    const auto parts = split(element, ';');
    Range range{trim_ascii_space(parts.front())};
    bool broken = range.name.empty();
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const auto parameter = trim_ascii_space(parts[i]);
      if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
      const auto quality = parse_quality(parameter.substr(2));
      broken = broken || !quality;
      if (quality) range.quality = *quality;
    }
    if (!broken) ranges.push_back(range);
  }
  return ranges;
}

// 3: the very type, 2: all of its family, 1: everything, 0: not at all.
int specificity(std::string_view range, std::string_view type) {
  if (ascii_equal_ignoring_case(range, type)) return 3;
  if (range == "*/*") return 1;
  const auto slash = type.find('/');
  return range.ends_with("/*") && range.size() == slash + 2 &&
                 ascii_equal_ignoring_case(range.substr(0, slash), type.substr(0, slash))
             ? 2
             : 0;
}

// By how much a type is wanted; of equal quality, what is named goes before what a wildcard covers
// ("application/json, */*" is how scripts ask for JSON).
struct Wish {
  int quality = 0;
  int specificity = 0;
  auto operator<=>(const Wish&) const = default;
};

Wish wish(const std::vector<Range>& ranges, std::string_view type) {
  if (ranges.empty()) return {1000, 0};
  Wish found;
  for (const Range& range : ranges) {
    const int fits = specificity(range.name, type);
    if (fits > found.specificity) found = {range.quality, fits};
  }
  if (found.quality == 0) found.specificity = 0;
  return found;
}

// The offered language that is the tag, or the tag without its last subtags.
const std::string* look_up(std::string_view tag, const std::vector<std::string>& offered) {
  while (!tag.empty()) {
    for (const std::string& language : offered) {
      if (ascii_equal_ignoring_case(language, tag)) return &language;
    }
    const auto dash = tag.rfind('-');
    tag = dash == std::string_view::npos ? std::string_view{} : tag.substr(0, dash);
  }
  return nullptr;
}

}  // namespace

int accept_quality(std::string_view accept, std::string_view type) {
  return wish(parse_ranges(accept), type).quality;
}

bool answers_json(std::string_view accept, bool body_is_json) {
  const auto ranges = parse_ranges(accept);
  const Wish json =
      std::max(wish(ranges, "application/json"), wish(ranges, "application/problem+json"));
  const Wish html = wish(ranges, "text/html");
  if (json == html) return body_is_json;
  return json > html;
}

std::string accepted_language(std::string_view accept_language,
                              const std::vector<std::string>& offered) {
  auto ranges = parse_ranges(accept_language);
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const Range& a, const Range& b) { return a.quality > b.quality; });
  for (const Range& range : ranges) {
    if (range.quality == 0) break;
    if (const std::string* language = look_up(range.name, offered)) return *language;
  }
  return {};
}

}  // namespace jawort
