#include "templates/html_view.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr char kNothing = '\x01';
// Elements within a word; all others part it.
constexpr std::array<std::string_view, 13> kInline = {
    "a", "b", "strong", "i", "em", "u", "s", "span", "font", "small", "mark", "strike", "code"};

struct Reference {
  std::string_view name, text;
};
constexpr std::array<Reference, 24> kReferences = {{
    {"amp", "&"},       {"lt", "<"},       {"gt", ">"},    {"quot", "\""},  {"apos", "'"},
    {"nbsp", "\u00A0"}, {"shy", "\u00AD"}, {"auml", "ä"},  {"ouml", "ö"},   {"uuml", "ü"},
    {"Auml", "Ä"},      {"Ouml", "Ö"},     {"Uuml", "Ü"},  {"szlig", "ß"},  {"eacute", "é"},
    {"egrave", "è"},    {"euro", "€"},     {"ndash", "–"}, {"mdash", "—"},  {"hellip", "…"},
    {"rsquo", "’"},     {"colon", ":"},    {"sol", "/"},   {"period", "."},
}};

bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string utf8(std::uint32_t c) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80U | ((c >> shift) & 0x3FU));
  };
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return "\uFFFD";
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0U | (c >> 6U)), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0U | (c >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (c >> 18U)), tail(12), tail(6), tail(0)};
}

// The character reference at the beginning of `text`, and its length; nothing when it is none.
struct Decoded {
  std::string text;
  std::size_t length = 0;
};
Decoded decode_reference(std::string_view text) {
  const std::size_t end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos || end < 2) return {};
  std::string_view name = text.substr(1, end - 1);
  if (name.front() == '#') {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    name.remove_prefix(hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto [stop, fault] =
        std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
    if (fault != std::errc() || stop != name.data() + name.size()) return {};
    return {utf8(code), end + 1};
  }
  for (const Reference& known : kReferences) {
    if (known.name == name) return {std::string(known.text), end + 1};
  }
  return {};
}

// Tabs and line ends do not count in URLs; a value is compared without them.
std::string attribute_value(std::string_view raw) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    const Decoded decoded = raw[at] == '&' ? decode_reference(raw.substr(at)) : Decoded{};
    if (decoded.length > 0) {
      out += decoded.text;
      at += decoded.length;
    } else {
      if (raw[at] != kNothing) out += raw[at];
      ++at;
    }
  }
  return std::string(trim_ascii_space(out));
}

class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {
    view_.visible.assign(source.size(), ' ');
  }

  HtmlView run() {
    while (at_ < source_.size()) {
      const std::string_view rest = source_.substr(at_);
      if (rest.starts_with("<!--")) {
        comment(rest);
      } else if (rest.size() > 1 && rest[0] == '<' &&
                 (ascii_alpha(rest[1]) || rest[1] == '/' || rest[1] == '!' || rest[1] == '?')) {
        markup(rest);
      } else {
        text(rest);
      }
    }
    return std::move(view_);
  }

 private:
  // Programs of one maker read what stands in a conditional comment; nobody reads another one.
  void comment(std::string_view rest) {
    if (rest.starts_with("<!-->")) {  // an empty one, as behind "<!--[if !mso]>"
      at_ += 5;
      return;
    }
    const bool conditional = trim_ascii_space(rest.substr(4, 20)).starts_with("[if");
    const std::size_t end = rest.find(conditional ? "]>" : "-->", 4);
    at_ = end == std::string_view::npos ? source_.size() : at_ + end + (conditional ? 2 : 3);
  }

  void text(std::string_view rest) {
    const Decoded decoded = rest.front() == '&' ? decode_reference(rest) : Decoded{};
    if (decoded.length == 0) {
      view_.visible[at_] = rest.front();
      ++at_;
      return;
    }
    std::string filled = decoded.text;
    filled.resize(decoded.length, kNothing);
    std::ranges::copy(filled, view_.visible.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ += decoded.length;
  }

  void markup(std::string_view rest) {
    const bool end_tag = rest[1] == '/';
    std::size_t i = end_tag ? 2 : 1;
    std::size_t name_end = i;
    while (name_end < rest.size() && !space(rest[name_end]) && rest[name_end] != '>' &&
           rest[name_end] != '/') {
      ++name_end;
    }
    HtmlElement element{ascii_lower(rest.substr(i, name_end - i)), {}, {}, at_};
    i = read_attributes(rest, name_end, element);
    if (std::ranges::find(kInline, element.name) != kInline.end()) {
      std::fill_n(view_.visible.begin() + static_cast<std::ptrdiff_t>(at_), i, kNothing);
    }
    at_ += i;
    if (end_tag || element.name.starts_with('!') || element.name.starts_with('?')) return;
    if (element.name == "style" || element.name == "script") read_content(element);
    view_.elements.push_back(std::move(element));
  }

  // Gives the offset behind the ">".
  static std::size_t read_attributes(std::string_view rest, std::size_t i, HtmlElement& element) {
    while (i < rest.size()) {
      if (space(rest[i]) || rest[i] == '/' || rest[i] == kNothing) {
        ++i;
        continue;
      }
      if (rest[i] == '>') return i + 1;
      const std::size_t name = i++;  // one byte at least, also where it is a "="
      while (i < rest.size() && !space(rest[i]) && rest[i] != '=' && rest[i] != '>' &&
             rest[i] != '/') {
        ++i;
      }
      HtmlAttribute attribute{ascii_lower(rest.substr(name, i - name)), ""};
      std::erase(attribute.name, kNothing);
      std::size_t value = i;
      while (value < rest.size() && space(rest[value])) ++value;
      if (value < rest.size() && rest[value] == '=') i = read_value(rest, value + 1, attribute);
      element.attributes.push_back(std::move(attribute));
    }
    return i;
  }

  static std::size_t read_value(std::string_view rest, std::size_t i, HtmlAttribute& attribute) {
    while (i < rest.size() && space(rest[i])) ++i;
    if (i == rest.size()) return i;
    const bool quoted = rest[i] == '"' || rest[i] == '\'';
    const std::size_t begin = quoted ? i + 1 : i;
    std::size_t end = begin;
    while (end < rest.size() &&
           (quoted ? rest[end] != rest[i] : !space(rest[end]) && rest[end] != '>')) {
      ++end;
    }
    attribute.value = attribute_value(rest.substr(begin, end - begin));
    return std::min(rest.size(), quoted ? end + 1 : end);
  }

  void read_content(HtmlElement& element) {
    const std::string close = "</" + element.name;
    std::size_t end = at_;
    while (end < source_.size() &&
           !ascii_equal_ignoring_case(source_.substr(end, close.size()), close)) {
      ++end;
    }
    element.content = source_.substr(at_, end - at_);
    at_ = end;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  HtmlView view_;
};

}  // namespace

const std::string* HtmlElement::find(std::string_view attribute) const {
  for (const HtmlAttribute& own : attributes) {
    if (own.name == attribute) return &own.value;
  }
  return nullptr;
}

HtmlView view_html(std::string_view source) { return Reader(source).run(); }

}  // namespace jawort
