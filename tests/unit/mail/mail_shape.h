// A mail to start from, and what every mail must look like.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "engine/mail/message.h"
#include "tests/support/catch.h"
#include "tests/support/mail_fields.h"

namespace jawort::testing {

inline MailContent content() {
  MailContent mail;
  mail.from = {"Shop", "news@shop.example"};
  mail.to = {"", "anna@person.example"};
  mail.subject = "Please confirm";
  mail.date = "Mon, 23 Nov 2026 10:15:02 +0100";
  mail.message_id = "abc.123@shop.example";
  mail.boundary = "b0undaryb0undaryb0undary";
  mail.language = "de";
  mail.text = "Hello\n";
  mail.list_unsubscribe_url = "https://shop.example/revoke/token";
  return mail;
}

inline std::string built(const MailContent& mail) {
  auto message = build_message(mail);
  REQUIRE(message.ok());
  return std::move(*message);
}

inline std::vector<std::string_view> crlf_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return {};  // not one that ends with CRLF
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 2);
  }
  return lines;
}

// What every message must look like, whatever went into it. Empty: nothing is wrong.
inline std::string fault_of(const std::string& message,
                            const std::vector<std::string>& expected_fields) {
  const auto lines = crlf_lines(message);
  if (lines.empty()) return "does not end with CRLF";
  std::vector<std::string> fields;
  bool body = false;
  int delimiters = 0;
  for (const std::string_view line : lines) {
    for (const char c : line) {
      if (!(c == '\t' || (c >= ' ' && c <= '~'))) return "a byte that is not printable ASCII";
    }
    if (line.size() > (body ? 76U : 998U)) return "a long line";
    if (body && (line.starts_with(".") || line.starts_with("From "))) return "needs stuffing";
    if (body && (line.ends_with(' ') || line.ends_with('\t'))) return "white space at a line end";
    if (body) delimiters += line.starts_with("--b0undaryb0undaryb0undary") ? 1 : 0;
    if (line.empty()) {
      body = true;
    } else if (!body && line[0] != ' ') {
      fields.emplace_back(line.substr(0, line.find(':')));
    } else if (!body && trim_ascii_space(line).empty()) {
      return "a folded line of nothing";
    }
  }
  if (fields != expected_fields) return "other header fields";
  const bool multipart = expected_fields.back() == "Content-Type";
  return delimiters == (multipart ? 3 : 0) ? "" : "other parts";
}

}  // namespace jawort::testing
