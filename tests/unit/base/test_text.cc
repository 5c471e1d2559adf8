#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

// UTF-8 by the table of RFC 3629 §3, for any number, so that also wrong code points can be written.
std::string utf8(std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80U | (code >> shift & 0x3FU));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0U | code >> 6U), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0U | code >> 12U), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | code >> 18U), tail(12), tail(6), tail(0)};
}

TEST_CASE("ASCII classes and lower-casing leave all other bytes alone") {
  for (int i = -128; i < 128; ++i) {
    const char c = static_cast<char>(i);
    const bool upper = i >= 65 && i <= 90;
    const bool small = i >= 97 && i <= 122;
    CHECK(ascii_alpha(c) == (upper || small));
    CHECK(ascii_digit(c) == (i >= 48 && i <= 57));
    CHECK(ascii_alnum(c) == (ascii_alpha(c) || ascii_digit(c)));
    CHECK(ascii_lower(std::string(1, c))[0] == (upper ? static_cast<char>(i + 32) : c));
  }
  CHECK(ascii_lower("ÄÖ Maße I") == "ÄÖ maße i");
}

TEST_CASE("comparing without case") {
  CHECK(ascii_equal_ignoring_case("", ""));
  CHECK(ascii_equal_ignoring_case("List-ID", "lISt-id"));
  CHECK_FALSE(ascii_equal_ignoring_case("a", "ab"));
  CHECK_FALSE(ascii_equal_ignoring_case("ab", "a"));
  CHECK_FALSE(ascii_equal_ignoring_case("@", "`"));  // 32 apart, but no letters
  CHECK_FALSE(ascii_equal_ignoring_case("Ä", "ä"));
}

TEST_CASE("trimming takes four characters and no other") {
  CHECK(trim_ascii_space("").empty());
  CHECK(trim_ascii_space(" \t\r\n").empty());
  CHECK(trim_ascii_space("\r\n a b \t") == "a b");
  CHECK(trim_ascii_space("\va\f") == "\va\f");
  CHECK(trim_ascii_space("\u00A0a") == "\u00A0a");
}

TEST_CASE("splitting keeps empty parts") {
  using Parts = std::vector<std::string_view>;
  CHECK(split("", ',') == Parts{""});
  CHECK(split(",", ',') == Parts{"", ""});
  CHECK(split("a,,b,", ',') == Parts{"a", "", "b", ""});
  CHECK(split("abc", ',') == Parts{"abc"});
}

TEST_CASE("replacing goes on after what it put in") {
  CHECK(replace_all("a.b.c", ".", "..") == "a..b..c");
  CHECK(replace_all("aaa", "aa", "a") == "aa");
  CHECK(replace_all("abc", "", "x") == "abc");
  CHECK(replace_all("abc", "abc", "") == "");
  CHECK(replace_all("abc", "x", "y") == "abc");
}

TEST_CASE("UTF-8: every code point, and no surrogate") {
  for (std::uint32_t code = 0; code < 0x110100; ++code) {
    const bool allowed = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    if (valid_utf8(utf8(code)) != allowed) FAIL("code point " << code);
  }
}

TEST_CASE("UTF-8: overlong, cut and stray bytes") {
  for (const char* bad : {"\xC0\x80",
                          "\xC1\xBF",
                          "\xE0\x80\x80",
                          "\xE0\x9F\xBF",
                          "\xF0\x80\x80\x80",
                          "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80",
                          "\xFF",
                          "\xFE",
                          "\x80",
                          "\xBF",
                          "a\xC3",
                          "\xE2\x82",
                          "\xF0\x9F\x98",
                          "\xC3(",
                          "\xE2(\xAC",
                          "\xE2\x82(",
                          "\xF0(\x8C\xBC",
                          "\xF8\x88\x80\x80\x80",
                          "\xC3\xC3\xA4"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_utf8(bad));
    CHECK(has_control_characters(bad, true));
  }
  CHECK(valid_utf8(""));
  CHECK(valid_utf8(std::string_view("a\0b", 3)));
  CHECK(valid_utf8("Grüße 🙂 日本"));
}

TEST_CASE("UTF-8: length and prefix") {
  const std::string_view text = "aä€🙂";  // 1, 2, 3 and 4 bytes
  CHECK(utf8_length("") == 0);
  CHECK(utf8_length(text) == 4);
  const std::size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t bytes = 0; bytes < std::size(whole); ++bytes) {
    CAPTURE(bytes);
    CHECK(utf8_prefix(text, bytes) == text.substr(0, whole[bytes]));
  }
}

TEST_CASE("control characters: exactly those of the list") {
  for (std::uint32_t code = 0; code < 0x3000; ++code) {
    const bool listed = (code < 0x20 && code != '\t') || (code >= 0x7F && code <= 0x9F) ||
                        code == 0x2028 || code == 0x2029 || (code >= 0x202A && code <= 0x202E) ||
                        (code >= 0x2066 && code <= 0x2069);
    const std::string text = "a" + utf8(code) + "b";
    CAPTURE(code);
    if (has_control_characters(text, false) != listed) FAIL("without newline");
    if (has_control_characters(text, true) != (listed && code != '\n')) FAIL("with newline");
  }
  CHECK_FALSE(has_control_characters("", false));
  CHECK_FALSE(has_control_characters("👩‍👩‍👧 Ünïcode\tx", false));
}

TEST_CASE("escapes for HTML, JSON and URLs") {
  CHECK(html_escape("<a href=\"x\">'&amp;'</a>") ==
        "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;");
  CHECK(html_escape("Grüße") == "Grüße");
  CHECK(json_quote("") == "\"\"");
  CHECK(json_quote("\"\\/\b\f\n\r\tä\x7F") == "\"\\\"\\\\/\\b\\f\\n\\r\\tä\x7F\"");
  CHECK(json_quote(std::string_view("\0\x1F", 2)) == "\"\\u0000\\u001f\"");
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode(" +/?ä%") == "%20%2B%2F%3F%C3%A4%25");
}

}  // namespace
}  // namespace jawort
