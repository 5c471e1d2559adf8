#include "engine/mail/mime_part.h"

#include <algorithm>
#include <array>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/mail/mail_reader.h"

namespace jawort {
namespace {

constexpr int kDepth = 6;
constexpr int kParts = 100;
constexpr std::size_t kHeaders = 1000;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// REQUIRES: LF lines
MimePart split_part(std::string_view text) {
  MimePart part;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    const std::size_t colon = line.find(':');
    if (folded && !part.headers.empty()) {
      part.headers.back().second.append(" ").append(trim_ascii_space(line));
    } else if (colon != std::string_view::npos && part.headers.size() < kHeaders) {
      part.headers.emplace_back(trim_ascii_space(line.substr(0, colon)),
                                trim_ascii_space(line.substr(colon + 1)));
    }
  }
  part.body = text;
  return part;
}

// Where the next delimiter of a multipart begins; what only begins like it is none.
std::size_t find_delimiter(std::string_view body, std::string_view delimiter, std::size_t from) {
  std::size_t at = body.find(delimiter, from);
  while (at != body.npos && at + delimiter.size() < body.size() &&
         std::string_view("\n \t-").find(body[at + delimiter.size()]) == body.npos) {
    at = body.find(delimiter, at + 1);
  }
  return at;
}

void visit_leaves(const MimePart& part, int depth, int& left,
                  const std::function<void(const MimePart&)>& visit) {
  if (!part.type().starts_with("multipart/")) {
    if (left-- > 0) visit(part);
    return;
  }
  const std::string delimiter = "\n--" + part.parameter("boundary");
  if (depth >= kDepth || delimiter.size() == 3) return;
  const std::string whole = "\n" + part.body;
  const std::string_view body = whole;
  std::size_t at = find_delimiter(body, delimiter, 0);
  while (at != body.npos && left > 0) {
    const std::size_t start = body.find('\n', at + delimiter.size());
    const bool last = body.substr(at + delimiter.size()).starts_with("--");
    if (last || start == body.npos) return;
    at = find_delimiter(body, delimiter, start);
    const std::size_t end = std::max(std::min(at, body.size()), start + 1);
    visit_leaves(split_part(body.substr(start + 1, end - start - 1)), depth + 1, left, visit);
  }
}

// Between tags, each of which parts words.
std::string without_tags(std::string_view html) {
  std::string out;
  bool inside = false;
  for (const char c : html) {
    if (c == '<') {
      inside = true;
      out.push_back(' ');
    } else if (c == '>') {
      inside = false;
    } else if (!inside) {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string_view first_header(const MailHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (ascii_equal_ignoring_case(key, name)) return value;
  }
  return "";
}

std::string MimePart::type() const {
  const std::string_view given = header("Content-Type");
  const std::string name =
      ascii_lower(trim_ascii_space(given.substr(0, std::min(given.find(';'), given.size()))));
  return name.find('/') == std::string::npos ? "text/plain" : name;
}

std::string MimePart::parameter(std::string_view name) const {
  std::string_view rest = header("Content-Type");
  for (std::size_t at = rest.find(';'); at != rest.npos; at = rest.find(';')) {
    rest.remove_prefix(at + 1);
    const std::size_t equals = rest.find('=');
    if (equals == rest.npos) return "";
    const bool wanted = ascii_equal_ignoring_case(trim_ascii_space(rest.substr(0, equals)), name);
    rest = trim_ascii_space(rest.substr(equals + 1));
    const bool quoted = rest.starts_with('"');
    if (quoted) rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(quoted ? '"' : ';'), rest.size());
    if (wanted) return std::string(trim_ascii_space(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  return "";
}

std::string MimePart::decoded() const {
  const std::string encoding = ascii_lower(header("Content-Transfer-Encoding"));
  if (encoding == "quoted-printable") return decode_quoted_printable(body);
  if (encoding == "base64") return decode_base64(body);
  return body;
}

std::string MimePart::text() const {
  std::string plain = replace_all(decoded(), "\r\n", "\n");
  return is_latin1(parameter("charset")) ? latin1_to_utf8(plain) : plain;
}

bool is_latin1(std::string_view charset) {
  constexpr std::array<std::string_view, 4> kNames = {"iso-8859-1", "iso-8859-15", "windows-1252",
                                                      "us-ascii"};
  return std::ranges::any_of(
      kNames, [&](std::string_view name) { return ascii_equal_ignoring_case(name, charset); });
}

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out.push_back(static_cast<char>(byte < 0xC0 ? 0xC2 : 0xC3));
    out.push_back(static_cast<char>(byte < 0xC0 ? byte : byte - 0x40));
  }
  return out;
}

MimePart read_mime(std::string_view bytes) {
  return split_part(replace_all(std::string(bytes), "\r\n", "\n"));
}

void for_each_leaf(const MimePart& part, const std::function<void(const MimePart&)>& visit) {
  int left = kParts;
  visit_leaves(part, 0, left, visit);
}

std::string decode_base64(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (ascii_alnum(c) || c == '+' || c == '/') digits.push_back(c);
  }
  if (digits.size() % 4 == 1) digits.pop_back();  // a digit alone holds no byte
  digits.append((4 - digits.size() % 4) % 4, '=');
  const auto bytes = from_base64(digits);
  return bytes ? std::string(as_text(*bytes)) : std::string(text);
}

std::string told_text(const MimePart& message) {
  std::string text, html;
  for_each_leaf(message, [&](const MimePart& part) {
    const std::string type = part.type();
    if (type == "text/plain" && text.empty()) text = part.text();
    if (type == "text/html" && html.empty()) html = part.text();
  });
  return trim_ascii_space(text).empty() ? without_tags(html) : text;
}

}  // namespace jawort
