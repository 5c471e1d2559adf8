#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/mail/mail_reader.h"
#include "engine/mail/mail_report.h"
#include "engine/mail/mail_words.h"
#include "engine/mail/smtp_conversation.h"
#include "engine/mail/smtp_reply.h"

namespace jawort {
namespace {

constexpr std::size_t kTextLimit = std::size_t{64} << 10;  // what a program has to say fits in it
constexpr std::size_t kReasonLimit = 500;
constexpr std::array<std::string_view, 9> kUnits = {
    "byte", "bytes", "kb", "mb", "seconds", "minutes", "hours", "days", "messages"};
constexpr std::size_t kStatusWithin = 80;  // characters behind a code in which its status stands

// What the program says, without the mail that it sends back.
std::string told(const MimePart& message) {
  std::string text = told_text(message);
  text.resize(std::min(text.size(), kTextLimit));
  const std::size_t original = find_any(word_list("original_marks"), ascii_lower(text));
  text.resize(std::min(original, text.size()));
  return text;
}

std::string subject_of(const MimePart& message) {
  return as_utf8(decode_encoded_words(message.header("Subject")));
}

bool from_a_daemon(const MimePart& message) {
  const std::string_view address = address_in(message.header("From"));
  const std::string local = ascii_lower(address.substr(0, address.find('@')));
  return std::ranges::find(word_list("bounce_senders"), local) != word_list("bounce_senders").end();
}

bool null_return_path(const MimePart& message) {
  const std::string_view path = message.header("Return-Path");
  return !path.empty() && address_in(path).empty();
}

bool says_that_it_waits(const MimePart& message, const std::string& text) {
  const auto& words = word_list("delay_words");
  return find_any(words, ascii_lower(subject_of(message))) != std::string::npos ||
         find_any(words, ascii_lower(text)) != std::string::npos;
}

// From the reply on, without the line breaks that a program has put in.
std::string reason_from(std::string_view text, std::string_view reply) {
  const std::string_view from = reply.empty() ? text : reply;
  std::string reason;
  for (const char c : from.substr(0, kReasonLimit * 2)) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) {
      reason.push_back(c);
    } else if (!reason.empty() && reason.back() != ' ') {
      reason.push_back(' ');
    }
  }
  return printable_reply(trim_ascii_space(std::string_view(reason).substr(0, kReasonLimit)));
}

std::size_t digits_at(std::string_view text, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && at + count < text.size() && ascii_digit(text[at + count])) ++count;
  return count;
}

// Whether a number may begin here: it is no part of another, of a name or of an IP address.
bool begins_number(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  return !ascii_alnum(before) && before != '.' && before != '_';
}

// How long the status at `at` is; 0: there is none.
std::size_t status_length(std::string_view text, std::size_t at) {
  if (!begins_number(text, at)) return 0;
  const char kind = text[at];
  if (kind != '2' && kind != '4' && kind != '5') return 0;
  std::size_t end = at + 1;
  for (int number = 0; number < 2; ++number) {
    if (end >= text.size() || text[end] != '.') return 0;
    const std::size_t digits = digits_at(text, end + 1, 3);
    if (digits == 0) return 0;
    end += 1 + digits;
  }
  const bool goes_on = end < text.size() && ascii_digit(text[end]);
  const bool address = end + 1 < text.size() && text[end] == '.' && ascii_digit(text[end + 1]);
  return goes_on || address ? 0 : end - at;
}

// The reply code at `at`; 0: it is none, or a number of something.
int code_at(std::string_view text, std::size_t at) {
  if (!begins_number(text, at)) return 0;
  if ((text[at] != '4' && text[at] != '5') || digits_at(text, at, 4) != 3) return 0;
  if (text[at + 1] > '5') return 0;
  const std::string_view rest = text.substr(at + 3);
  if (!rest.empty() && std::string_view(" -\t\n\r#:;").find(rest.front()) == rest.npos) return 0;
  std::string_view unit = rest.empty() ? rest : rest.substr(1, 12);
  const auto* const end = std::ranges::find_if_not(unit, ascii_alpha);
  unit = unit.substr(0, static_cast<std::size_t>(end - unit.begin()));
  if (std::ranges::find(kUnits, ascii_lower(unit)) != kUnits.end()) return 0;
  return (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
}

}  // namespace

std::string_view quoted_status(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t length = ascii_digit(text[at]) ? status_length(text, at) : 0;
    if (length > 0) return text.substr(at, length);
  }
  return {};
}

QuotedReply quoted_reply(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int code = ascii_digit(text[at]) ? code_at(text, at) : 0;
    if (code == 0) continue;
    const std::string_view near = text.substr(at + 4 < text.size() ? at + 4 : text.size());
    const std::string_view status = quoted_status(near.substr(0, kStatusWithin));
    return {code, std::string(status.starts_with('2') ? "" : status), text.substr(at)};
  }
  const std::string_view status = quoted_status(text);
  if (status.empty() || status.starts_with('2')) return {0, "", {}};
  return {0, std::string(status),
          text.substr(static_cast<std::size_t>(status.data() - text.data()))};
}

bool is_text_report(const MimePart& message) {
  if (!message.header("X-Failed-Recipients").empty()) return true;
  const std::string subject = subject_of(message);
  if (from_a_daemon(message)) return !has_phrase(phrase_lists("auto_reply_subjects"), subject);
  return null_return_path(message) && has_phrase(phrase_lists("bounce_subjects"), subject);
}

MailReport read_text_report(const MimePart& message) {
  const std::string text = told(message);
  MailReport report;
  if (says_that_it_waits(message, text)) {
    report.kind = ReportClass::kDelayed;
    return report;
  }
  const QuotedReply reply = quoted_reply(text);
  report.status = reply.status;
  report.reason = reason_from(text, reply.text);
  // The words of all of it count only where no reply is quoted.
  const std::string all = replace_all(text, "\n", " ");
  report.kind = judge_failure(reply.code == 0 ? 550 : reply.code, reply.status,
                              reply.text.empty() ? all : report.reason);
  return report;
}

bool is_auto_reply(const MimePart& message) {
  const std::string submitted = ascii_lower(message.header("Auto-Submitted"));
  if (!submitted.empty() && !submitted.starts_with("no")) return true;
  for (const std::string& name : word_list("auto_reply_headers")) {
    if (!message.header(name).empty()) return true;
  }
  const std::string precedence = ascii_lower(message.header("Precedence"));
  if (precedence == "auto_reply" || precedence == "bulk" || precedence == "junk" ||
      precedence == "list") {
    return true;
  }
  return has_phrase(phrase_lists("auto_reply_subjects"), subject_of(message));
}

}  // namespace jawort
