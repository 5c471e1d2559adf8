#include "engine/mail/mail_reader.h"

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/mail/mime_part.h"

namespace jawort {
namespace {

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

// One =?utf-8?X?…?= at the start of `text`, or one of Latin-1: decoded into `out`, UTF-8; answers
// its length, 0 if it is none.
std::size_t decode_word(std::string_view text, std::string& out) {
  if (!text.starts_with("=?")) return 0;
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= text.size()) return 0;
  const std::string_view charset = text.substr(2, charset_end - 2);
  if (!ascii_equal_ignoring_case(charset, "utf-8") && !is_latin1(charset)) return 0;
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
  if (is_latin1(charset)) out = latin1_to_utf8(out);
  return end + 2;
}

// The first text and the first HTML.
void take_texts(const MimePart& part, ReadMail& mail) {
  for_each_leaf(part, [&](const MimePart& leaf) {
    std::string& out = leaf.type() == "text/html" ? mail.html : mail.text;
    if (out.empty()) out = leaf.decoded();
  });
}

}  // namespace

std::string_view ReadMail::header(std::string_view name) const {
  return first_header(headers, name);
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
  const MimePart whole = read_mime(bytes);
  for (const auto& [name, value] : whole.headers) {
    mail.headers.emplace_back(name, decode_encoded_words(value));
  }
  take_texts(whole, mail);
  mail.text = replace_all(std::move(mail.text), "\r\n", "\n");
  mail.html = replace_all(std::move(mail.html), "\r\n", "\n");
  return mail;
}

}  // namespace jawort
