#include "engine/mail/mail_reader.h"

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr int kDepth = 4;  // parts within parts

int hex_value(char c) {
  if (ascii_digit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The byte of two hexadecimal digits at `at`; -1 when there are none.
int hex_byte(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return -1;
  const int high = hex_value(text[at]);
  const int low = hex_value(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '=' ? hex_byte(text, i + 1) : -1;
    if (byte >= 0) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i] == '_' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string decode_base64(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') digits.push_back(c);
  }
  const auto bytes = from_base64(digits);
  return bytes ? std::string(as_text(*bytes)) : std::string(text);
}

// One =?utf-8?X?…?= at the start of `text`: decoded into `out`; answers its length, 0 if it is
// none.
std::size_t decode_word(std::string_view text, std::string& out) {
  if (!text.starts_with("=?")) return 0;
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= text.size()) return 0;
  if (!ascii_equal_ignoring_case(text.substr(2, charset_end - 2), "utf-8")) return 0;
  const char encoding = text[charset_end + 1];
  const std::size_t end = text.find("?=", charset_end + 3);
  if (text[charset_end + 2] != '?' || end == std::string_view::npos) return 0;
  const std::string_view payload = text.substr(charset_end + 3, end - charset_end - 3);
  if (encoding == 'Q' || encoding == 'q') {
    out = decode_q(payload);
  } else if (encoding == 'B' || encoding == 'b') {
    out = decode_base64(payload);
  } else {
    return 0;
  }
  return end + 2;
}

struct Part {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (ascii_equal_ignoring_case(key, name)) return value;
    }
    return "";
  }
};

// REQUIRES: LF lines
Part split_part(std::string_view text) {
  Part part;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    const std::size_t colon = line.find(':');
    if (folded && !part.headers.empty()) {
      part.headers.back().second.append(" ").append(trim_ascii_space(line));
    } else if (colon != std::string_view::npos) {
      part.headers.emplace_back(line.substr(0, colon), trim_ascii_space(line.substr(colon + 1)));
    }
  }
  part.body = text;
  return part;
}

std::string boundary_of(std::string_view content_type) {
  constexpr std::string_view kName = "boundary=";
  const std::size_t at = ascii_lower(content_type).find(kName);
  if (at == std::string::npos) return "";
  std::string_view value = content_type.substr(at + kName.size());
  if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
  return std::string(trim_ascii_space(value.substr(0, value.find(';'))));
}

std::string decoded_body(const Part& part) {
  const std::string encoding = ascii_lower(part.header("Content-Transfer-Encoding"));
  if (encoding == "quoted-printable") return decode_quoted_printable(part.body);
  if (encoding == "base64") return decode_base64(part.body);
  return part.body;
}

void read_part(const Part& part, int depth, ReadMail& mail) {
  const std::string type = ascii_lower(part.header("Content-Type"));
  if (!type.starts_with("multipart/")) {
    std::string& out = type.starts_with("text/html") ? mail.html : mail.text;
    if (out.empty()) out = decoded_body(part);
    return;
  }
  const std::string delimiter = "\n--" + boundary_of(part.header("Content-Type"));
  if (depth >= kDepth || delimiter.size() == 3) return;
  const std::string body = "\n" + part.body;
  std::size_t at = body.find(delimiter);
  while (at != std::string::npos) {
    const std::size_t start = body.find('\n', at + delimiter.size());
    const bool last = body.compare(at + delimiter.size(), 2, "--") == 0;
    if (last || start == std::string::npos) return;
    at = body.find(delimiter, start);
    read_part(split_part(std::string_view(body).substr(start + 1, at - start - 1)), depth + 1,
              mail);
  }
}

}  // namespace

std::string_view ReadMail::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (ascii_equal_ignoring_case(key, name)) return value;
  }
  return "";
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
      continue;
    }
    const int byte = hex_byte(text, i + 1);
    if (byte >= 0) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else if (text.substr(i + 1).starts_with("\r\n")) {
      i += 2;
    } else if (text.substr(i + 1).starts_with("\n")) {
      i += 1;
    } else {
      out.push_back('=');
    }
  }
  return out;
}

std::string decode_encoded_words(std::string_view header) {
  std::string out;
  std::string space;  // between two words it belongs to neither
  bool after_word = false;
  while (!header.empty()) {
    std::string decoded;
    const std::size_t length = decode_word(header, decoded);
    if (length > 0) {
      out += (after_word ? "" : space) + decoded;
      header.remove_prefix(length);
      after_word = true;
      space.clear();
    } else if (header.front() == ' ' || header.front() == '\t') {
      space.push_back(header.front());
      header.remove_prefix(1);
    } else {
      out += space + header.front();
      header.remove_prefix(1);
      after_word = false;
      space.clear();
    }
  }
  return out;
}

ReadMail read_mail(std::string_view bytes) {
  ReadMail mail;
  const Part whole = split_part(replace_all(std::string(bytes), "\r\n", "\n"));
  for (const auto& [name, value] : whole.headers) {
    mail.headers.emplace_back(name, decode_encoded_words(value));
  }
  read_part(whole, 0, mail);
  mail.text = replace_all(std::move(mail.text), "\r\n", "\n");
  mail.html = replace_all(std::move(mail.html), "\r\n", "\n");
  return mail;
}

}  // namespace jawort
