#include "templates/tags.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

std::string fault(std::string_view source) {
  const auto tags = scan_tags(source);
  return tags.ok() ? "" : tags.error().message;
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST_CASE("tags: all kinds are read with their places", "[templates]") {
  const std::string source =
      "a {{x.y_1}} {{# s }}{{/s}}{{^t}}{{/ t}}{{> p-q }}{{! any } text }}{{{b}}}";
  const auto tags = scan_tags(source);
  REQUIRE(tags.ok());
  using K = TagKind;
  const std::vector<std::pair<K, std::string>> expected = {
      {K::kVariable, "x.y_1"}, {K::kSection, "s"},   {K::kEnd, "s"},    {K::kInverted, "t"},
      {K::kEnd, "t"},          {K::kPartial, "p-q"}, {K::kComment, ""}, {K::kUnescaped, "b"}};
  REQUIRE(tags->size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Tag& tag = tags.value()[i];
    CHECK(tag.kind == expected[i].first);
    CHECK(tag.name == expected[i].second);
    CHECK(source.substr(tag.begin, 2) == "{{");
    CHECK(source.substr(tag.end - 2, 2) == "}}");
  }
}

TEST_CASE("tags: text without tags, with single braces and closing braces", "[templates]") {
  for (const char* text : {"", "{", "}", "a { b } c", "@media { a { b: c; } }", "}} }}}"}) {
    const auto tags = scan_tags(text);
    REQUIRE(tags.ok());
    CHECK(tags->empty());
  }
}

TEST_CASE("tags: what is malformed is named with its line", "[templates]") {
  const std::pair<const char*, const char*> cases[] = {
      {"\n\n{{x", "line 3: a tag is not closed"},
      {"{{", "line 1: a tag is not closed"},
      {"{{{x}}", "line 1: a tag is not closed"},
      {"{{}}", "line 1: an empty tag"},
      {"{{ }}", "line 1: an empty tag"},
      {"{{#a}}\n", "line 1: section \"a\" is not closed"},
      {"\n{{/a}}", "line 2: {{/a}} closes no section"},
      {"{{#a}}{{#b}}{{/a}}{{/b}}", "line 1: {{/a}} closes no section"},
      {"{{&x}}", "line 1: {{& }} would put a value in without escaping it"},
      {"{{=<% %>=}}", "line 1: the tag delimiters cannot be changed"},
      {"{{{#x}}}", "line 1: a tag with three braces"},
      {"{{.}}", "line 1: {{.}} is not supported, name the variable"},
      {"{{X}}", "line 1: \"X\" is not a name"},
      {"{{a..b}}", "line 1: \"a..b\" is not a name"},
      {"{{a.}}", "line 1: \"a.\" is not a name"},
      {"{{a b}}", "line 1: \"a b\" is not a name"},
      {"{{#}}{{/}}", "line 1: \"\" is not a name"},
      {"{{>../etc/passwd}}", "line 1: \"../etc/passwd\" is not a name"},
      {"{{ä}}", "line 1: \"ä\" is not a name"},
      {"\xC3(", "line 1: the file is not UTF-8"}};
  for (const auto& [source, message] : cases) {
    CAPTURE(source);
    CHECK(fault(source) == message);
  }
  CHECK(fault(std::string_view("a\n\0", 3)) == "line 2: a zero byte");
}

TEST_CASE("tags: size and depth are limited before anything recurses", "[templates]") {
  CHECK(fault(repeat("{{#a}}", 32) + repeat("{{/a}}", 32)).empty());
  CHECK(fault(repeat("{{#a}}", 33) + repeat("{{/a}}", 33)) ==
        "line 1: sections are nested more than 32 deep");
  CHECK(fault(repeat("{{#a}}", 20000) + repeat("{{/a}}", 20000)) ==
        "line 1: sections are nested more than 32 deep");
  CHECK(fault(std::string(kMaxTemplateBytes, 'x')).empty());
  CHECK(fault(std::string(kMaxTemplateBytes + 1, 'x')) == "line 1: larger than 256 KiB");
  CHECK(fault(repeat("{{", 100000)) == "line 1: a tag is not closed");
}

}  // namespace
}  // namespace jawort
