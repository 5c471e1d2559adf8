// Input: a mail that came in, as bytes.
#include "engine/mail/mail_report.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/mail/mail_words.h"
#include "engine/mail/message.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void mail_report(std::string_view bytes) {
  const MimePart message = read_mime(bytes);
  promise(message.headers.size() <= 1000, "a head has an end");
  int leaves = 0;
  for_each_leaf(message, [&](const MimePart& part) {
    ++leaves;
    promise(part.decoded().size() <= part.body.size() + 3, "nothing grows by being decoded");
    promise(part.type().find('/') != std::string::npos, "a part has a type");
  });
  promise(leaves <= 100, "a message has so many parts at most");

  const MailReport report = read_report(message);
  promise(!name_of(report.kind).empty(), "whatever came in has a class");
  promise(report.reason.size() <= 1000 && valid_utf8(report.reason) &&
              !has_control_characters(report.reason, false),
          "a reason is fit for the record");
  promise(report.status.empty() ||
              (std::ranges::count(report.status, '.') == 2 &&
               report.status.find_first_not_of("0123456789.") == std::string::npos),
          "a status is three numbers");
  promise(report.kind == ReportClass::kComplaint || report.kind == ReportClass::kNotSpam ||
              report.kind == ReportClass::kUnknown || report.addresses.empty(),
          "only a complaint says where a mail came from");
  promise(valid_utf8(as_utf8(bytes)), "any bytes can be read as text");
  const auto token = token_in_address(bytes);
  promise(!token || token->token.size() == kAddressTokenLength, "a token has its length");
}

const Registration registered("mail_report", mail_report);

}  // namespace
}  // namespace jawort::fuzz
