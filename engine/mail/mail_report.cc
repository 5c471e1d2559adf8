#include "engine/mail/mail_report.h"

#include <algorithm>
#include <optional>

#include "engine/base/text.h"
#include "engine/mail/mail_words.h"
#include "engine/mail/message.h"
#include "engine/mail/smtp_conversation.h"
#include "engine/mail/smtp_reply.h"

namespace jawort {
namespace {

constexpr std::size_t kGroups = 100;

// The fields of a message/delivery-status or message/feedback-report: groups parted by empty lines.
std::vector<MimePart> field_groups(const MimePart& part) {
  std::vector<MimePart> groups;
  const std::string body = replace_all(part.decoded(), "\r\n", "\n");
  std::string_view rest = body;
  while (!rest.empty() && groups.size() < kGroups) {
    const std::size_t end = std::min(rest.find("\n\n"), rest.size());
    std::string_view group = rest.substr(0, end);
    while (group.starts_with('\n')) group.remove_prefix(1);
    if (!group.empty()) groups.push_back(read_mime(group));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return groups;
}

// "smtp; 550 5.1.1 …" → the text behind the type.
std::string_view typed_text(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  const std::string_view type = value.substr(0, std::min(semicolon, value.size()));
  const bool typed = semicolon != value.npos && type.find(' ') == type.npos;
  return trim_ascii_space(typed ? value.substr(semicolon + 1) : value);
}

// Some programs write these whatever happened.
bool says_nothing(std::string_view status) { return status.size() < 5 || status.ends_with(".0.0"); }

MailReport failed(std::string_view status, std::string_view diagnostic) {
  const std::string_view text = typed_text(diagnostic);
  const QuotedReply reply = quoted_reply(text);
  MailReport report;
  report.status = says_nothing(reply.status) ? status : std::string_view(reply.status);
  report.reason = printable_reply(text.empty() ? status : text);
  const int code = reply.code != 0 ? reply.code : report.status.starts_with('4') ? 450 : 550;
  report.kind = judge_failure(code, says_nothing(report.status) ? "" : report.status, text);
  return report;
}

// One recipient of a delivery report (RFC 3464 §2.3).
MailReport read_recipient(const MimePart& fields) {
  const std::string action =
      ascii_lower(fields.header("Action").substr(0, fields.header("Action").find(' ')));
  const std::string_view status = quoted_status(fields.header("Status"));
  MailReport report;
  report.status = status;
  if (action == "delayed") {
    report.kind = ReportClass::kDelayed;
  } else if (action == "delivered" || action == "relayed" || action == "expanded") {
    report.kind = ReportClass::kDelivered;
  } else if (action == "failed" || status.starts_with('5')) {
    return failed(status, fields.header("Diagnostic-Code"));
  } else if (status.starts_with('4')) {
    report.kind = ReportClass::kDelayed;
  }
  return report;
}

// Our mails have one recipient; what failed counts before what did not.
std::optional<MailReport> read_delivery_status(const MimePart& part) {
  std::optional<MailReport> found;
  for (const MimePart& fields : field_groups(part)) {
    if (fields.header("Action").empty() && fields.header("Status").empty()) continue;
    MailReport report = read_recipient(fields);
    if (!found || report.kind < found->kind) found = std::move(report);
  }
  return found;
}

ReportClass feedback_class(std::string_view type) {
  if (type == "not-spam") return ReportClass::kNotSpam;
  // RFC 6591: about signatures, not about what somebody wants.
  if (type == "auth-failure" || type == "dmarc" || type == "other") return ReportClass::kUnknown;
  return ReportClass::kComplaint;
}

// Where the mail that is complained of came from, by its own head.
void take_origin(const MimePart& original, MailReport& report) {
  const MailHeaders& head = original.headers;
  report.addresses.emplace_back(address_in(first_header(head, "Return-Path")));
  for (std::string_view entry : split(first_header(head, "List-Unsubscribe"), ',')) {
    entry = address_in(entry);
    constexpr std::string_view kMailto = "mailto:";
    if (!entry.starts_with(kMailto)) continue;
    entry.remove_prefix(kMailto.size());
    report.addresses.emplace_back(entry.substr(0, entry.find('?')));
  }
}

MailReport read_feedback(const MimePart& part) {
  MailReport report;
  for (const MimePart& fields : field_groups(part)) {
    const std::string type = ascii_lower(fields.header("Feedback-Type"));
    if (type.empty()) continue;
    report.kind = feedback_class(type);
    report.reason = printable_reply(type);
    report.addresses.emplace_back(address_in(fields.header("Original-Mail-From")));
    break;
  }
  return report;
}

bool holds_original(std::string_view type) {
  return type == "message/rfc822" || type == "text/rfc822-headers" || type == "message/global";
}

}  // namespace

std::string_view name_of(ReportClass kind) {
  switch (kind) {
    case ReportClass::kHard:
      return "hard";
    case ReportClass::kSoft:
      return "soft";
    case ReportClass::kOurFault:
      return "our_fault";
    case ReportClass::kComplaint:
      return "complaint";
    case ReportClass::kDelayed:
      return "delayed";
    case ReportClass::kDelivered:
      return "delivered";
    case ReportClass::kNotSpam:
      return "not_spam";
    case ReportClass::kAutoReply:
      return "auto_reply";
    case ReportClass::kUnknown:
      return "unknown";
  }
  return "";
}

std::string_view address_in(std::string_view header) {
  const std::size_t open = header.rfind('<');
  if (open != header.npos) {
    header = header.substr(open + 1);
    header = header.substr(0, header.find('>'));
  }
  return trim_ascii_space(header);
}

ReportClass judge_failure(int code, std::string_view status, std::string_view text) {
  switch (judge_reply(SmtpStage::kRecipient, code, status, text)) {
    case Verdict::kBadAddress:
      return ReportClass::kHard;
    case Verdict::kOurFault:
      return ReportClass::kOurFault;
    case Verdict::kDeferred:  // given up in a queue
    case Verdict::kRefused:
    case Verdict::kUncertain:
      return ReportClass::kSoft;
    case Verdict::kAccepted:
    case Verdict::kWithheld:
      break;
  }
  return ReportClass::kUnknown;
}

MailReport read_report(const MimePart& message) {
  std::optional<MailReport> delivery, feedback;
  bool receipt = false;  // RFC 8098: that it was read
  MimePart original;
  for_each_leaf(message, [&](const MimePart& part) {
    const std::string type = part.type();
    if (type == "message/delivery-status" || type == "message/global-delivery-status") {
      if (!delivery) delivery = read_delivery_status(part);
    } else if (type == "message/feedback-report") {
      if (!feedback) feedback = read_feedback(part);
    } else if (type == "message/disposition-notification") {
      receipt = true;
    } else if (holds_original(type) && original.headers.empty()) {
      original = read_mime(part.decoded());
    }
  });
  // A large provider's loop has no feedback-report, but the mail and this subject.
  const std::string subject = ascii_lower(message.header("Subject"));
  if (!feedback && !original.headers.empty() &&
      subject.starts_with("complaint about message from")) {
    feedback = MailReport{ReportClass::kComplaint, "", "complaint"};
  }
  if (feedback) {
    take_origin(original, *feedback);
    return std::move(*feedback);
  }
  if (delivery) return std::move(*delivery);
  if (receipt) return {ReportClass::kAutoReply, "", ""};
  if (is_text_report(message)) return read_text_report(message);
  if (is_auto_reply(message)) return {ReportClass::kAutoReply, "", ""};
  return {};
}

}  // namespace jawort
