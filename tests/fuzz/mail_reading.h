// Reads a mail of ours back, by the RFCs and not by our own encoder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/text.h"

namespace jawort::fuzz {

// RFC 2045 §6.7. Nothing when a line breaks its rules.
inline std::optional<std::string> read_quoted_printable(std::string_view text, bool q_word) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (q_word && text[i] == '_') {
      out += ' ';
    } else if (text[i] != '=') {
      out += text[i];
    } else if (!q_word && text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else {
      const std::string_view digits = text.substr(i + 1, 2);
      const auto byte = from_hex(ascii_lower(digits));
      if (!byte || byte->size() != 1 || ascii_lower(digits) == digits) {
        // Capital letters only; two digits have no case.
        if (!byte || digits.find_first_of("abcdef") != std::string_view::npos) return std::nullopt;
      }
      out += static_cast<char>(byte->front());
      i += 2;
    }
  }
  return out;
}

// One encoded word of RFC 2047 §2 in UTF-8, whole.
inline std::optional<std::string> read_encoded_word(std::string_view word) {
  const bool q = word.starts_with("=?UTF-8?Q?");
  if (word.size() > 75 || word.size() < 12 || !(q || word.starts_with("=?UTF-8?B?")) ||
      !word.ends_with("?=")) {
    return std::nullopt;
  }
  const std::string_view inside = word.substr(10, word.size() - 12);
  if (inside.find_first_of("? \t") != std::string_view::npos) return std::nullopt;
  if (q) return read_quoted_printable(inside, true);
  const auto bytes = from_base64(inside);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

// Unstructured text (RFC 5322 §2.2.1 with RFC 2047 §6.2): unfolded, encoded words decoded, and the
// white space between two of them dropped.
inline std::string read_text(std::string_view value) {
  std::string out;
  bool after_word = false;
  const std::string unfolded = replace_all(std::string(value), "\r\n", "");
  bool first = true;
  for (const std::string_view piece : split(unfolded, ' ')) {
    const auto decoded = read_encoded_word(piece);
    if (!first && !(decoded && after_word)) out += ' ';
    out += decoded ? *decoded : std::string(piece);
    after_word = decoded.has_value();
    first = false;
  }
  return out;
}

// A phrase (RFC 5322 §3.2.5): a quoted string, or atoms and encoded words.
inline std::string read_phrase(std::string_view phrase) {
  if (!phrase.starts_with('"')) return read_text(phrase);
  std::string out;
  for (std::size_t i = 1; i + 1 < phrase.size(); ++i) {
    if (phrase[i] == '\\') ++i;
    out += phrase[i];
  }
  return out;
}

struct ReadMail {
  std::vector<std::pair<std::string, std::string>> fields;  // values still folded
  std::string body;

  std::string value(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value;
    }
    return {};
  }
};

// Nothing when a header line is neither a field nor the continuation of one (RFC 5322 §2.2).
inline std::optional<ReadMail> read_mail(std::string_view message) {
  ReadMail mail;
  for (;;) {
    const std::size_t end = message.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = message.substr(0, end);
    message.remove_prefix(end + 2);
    if (line.empty()) break;
    if (line.front() == ' ') {
      if (mail.fields.empty()) return std::nullopt;
      mail.fields.back().second += "\r\n" + std::string(line);
      continue;
    }
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    mail.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  mail.body = message;
  return mail;
}

}  // namespace jawort::fuzz
