#include "templates/tags.h"

#include <algorithm>

#include "engine/base/text.h"

namespace jawort {
namespace {

Error at_line(std::string_view source, std::size_t offset, const std::string& reason) {
  const auto line =
      1 + std::count(source.begin(), source.begin() + static_cast<long>(offset), '\n');
  return invalid("line " + std::to_string(line) + ": " + reason);
}

bool lower_alnum(char c) { return ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '_'; }

// "controller.name": words of lower-case letters, digits and underscores, joined by single dots.
bool variable_name(std::string_view name) {
  for (const std::string_view word : split(name, '.')) {
    if (word.empty() || !std::ranges::all_of(word, lower_alnum)) return false;
  }
  return true;
}

bool partial_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return lower_alnum(c) || c == '-'; });
}

struct TagText {
  TagKind kind;
  std::string_view name;
};

// What stands between the braces. The reason in an Error is without a line.
Result<TagText> read_tag(std::string_view inside) {
  inside = trim_ascii_space(inside);
  if (inside.empty()) return invalid("an empty tag");
  const auto rest = trim_ascii_space(inside.substr(1));
  switch (inside.front()) {
    case '#':
      return TagText{TagKind::kSection, rest};
    case '^':
      return TagText{TagKind::kInverted, rest};
    case '/':
      return TagText{TagKind::kEnd, rest};
    case '>':
      return TagText{TagKind::kPartial, rest};
    case '!':
      return TagText{TagKind::kComment, {}};
    case '&':
      return invalid("{{& }} would put a value in without escaping it");
    case '=':
      return invalid("the tag delimiters cannot be changed");
    case '.':
      return invalid("{{.}} is not supported, name the variable");
    default:
      return TagText{TagKind::kVariable, inside};
  }
}

Result<Tag> tag_at(std::string_view source, std::size_t begin) {
  const bool triple = source.substr(begin, 3) == "{{{";
  const std::string_view close = triple ? "}}}" : "}}";
  const std::size_t inside = begin + close.size();
  const std::size_t end = source.find(close, inside);
  if (end == std::string_view::npos) return invalid("a tag is not closed");
  auto text = read_tag(source.substr(inside, end - inside));
  if (!text.ok()) return text.error();
  if (triple && text->kind != TagKind::kVariable) return invalid("a tag with three braces");
  const bool named =
      text->kind == TagKind::kComment ||
      (text->kind == TagKind::kPartial ? partial_name(text->name) : variable_name(text->name));
  if (!named) {
    const auto shown = utf8_prefix(text->name, 60);
    if (has_control_characters(shown, false)) return invalid("a name with a control character");
    return invalid("\"" + std::string(shown) + "\" is not a name");
  }
  return Tag{triple ? TagKind::kUnescaped : text->kind, std::string(text->name), begin,
             end + close.size()};
}

// Sections close in the order they were opened, and are not too deep for the vendor's recursion.
Status check_nesting(std::string_view source, const std::vector<Tag>& tags) {
  std::vector<const Tag*> open;
  for (const Tag& tag : tags) {
    if (tag.kind == TagKind::kSection || tag.kind == TagKind::kInverted) {
      open.push_back(&tag);
      if (open.size() > kMaxSectionDepth) {
        return at_line(
            source, tag.begin,
            "sections are nested more than " + std::to_string(kMaxSectionDepth) + " deep");
      }
    } else if (tag.kind == TagKind::kEnd) {
      if (open.empty() || open.back()->name != tag.name) {
        return at_line(source, tag.begin, "{{/" + tag.name + "}} closes no section");
      }
      open.pop_back();
    }
  }
  if (open.empty()) return {};
  return at_line(source, open.back()->begin, "section \"" + open.back()->name + "\" is not closed");
}

}  // namespace

Result<std::vector<Tag>> scan_tags(std::string_view source) {
  if (source.size() > kMaxTemplateBytes) {
    return invalid("line 1: larger than " + std::to_string(kMaxTemplateBytes / 1024) + " KiB");
  }
  if (!valid_utf8(source)) return invalid("line 1: the file is not UTF-8");
  if (source.find('\0') != std::string_view::npos) {
    return at_line(source, source.find('\0'), "a zero byte");
  }
  std::vector<Tag> tags;
  for (std::size_t at = source.find("{{"); at != std::string_view::npos;) {
    auto tag = tag_at(source, at);
    if (!tag.ok()) return at_line(source, at, tag.error().message);
    at = source.find("{{", tag->end);
    tags.push_back(std::move(*tag));
  }
  JAWORT_TRY(check_nesting(source, tags));
  return tags;
}

}  // namespace jawort
