#include "engine/flow/incoming_mail.h"

#include <array>

#include "engine/base/text.h"
#include "engine/flow/persons_mail.h"
#include "engine/mail/message.h"

namespace jawort {
namespace {

constexpr std::size_t kAddresses = 50;
// Where servers and senders write to whom a mail went.
constexpr std::array<std::string_view, 7> kRecipientHeaders = {
    "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To", "Cc"};

std::vector<std::string> addressees(const MimePart& message, const MailReport& report,
                                    const std::vector<std::string>& recipients) {
  std::vector<std::string> out;
  for (const std::string& recipient : recipients) out.emplace_back(address_in(recipient));
  for (const auto& [name, value] : message.headers) {
    for (const std::string_view wanted : kRecipientHeaders) {
      if (!ascii_equal_ignoring_case(name, wanted)) continue;
      for (const std::string_view one : split(value, ',')) out.emplace_back(address_in(one));
    }
    if (out.size() >= kAddresses) break;
  }
  out.insert(out.end(), report.addresses.begin(), report.addresses.end());
  return out;
}

struct FoundToken {
  std::optional<TokenContent> genuine;
  bool forged = false;  // something looked like one
};

FoundToken find_token(const Context& context, const std::vector<std::string>& addresses) {
  FoundToken found;
  for (const std::string& address : addresses) {
    const auto token = token_in_address(address);
    if (!token) continue;
    found.genuine = context.tokens.open(token->token, token->kind);
    if (found.genuine && found.genuine->object == TokenObject::kMail) return found;
    found.genuine.reset();
    found.forged = true;
  }
  return found;
}

Result<HandledMail> handle(const Context& context, std::string_view bytes,
                           const std::vector<std::string>& recipients) {
  const MimePart message = read_mime(bytes);
  const MailReport report = read_report(message);
  const FoundToken token = find_token(context, addressees(message, report, recipients));
  const bool of_a_person = report.kind == ReportClass::kUnknown;
  if (!token.genuine) {
    HandledMail done;
    if (of_a_person && !token.forged) {
      auto listed = list_answer(context, message, bytes);
      if (!listed.ok()) return listed.error();
      done = std::move(*listed);
    }
    if (token.forged) done.outcome = MailOutcome::kForged;
    done.kind = report.kind;
    done.status = report.status;
    return done;
  }
  const bool to_unsubscribe = token.genuine->kind == TokenKind::kUnsubscribe;
  if (to_unsubscribe && of_a_person) {
    return take_persons_mail(context, *token.genuine, read_persons_mail(message), bytes);
  }
  // Where people unsubscribe no server says that it could not deliver.
  if (to_unsubscribe && report.kind != ReportClass::kComplaint) {
    return HandledMail{MailOutcome::kNothingNew, report.kind, report.status,
                       MailId{token.genuine->id}};
  }
  return handle_bounce(context, *token.genuine, report);
}

// Known by a genuine token: nobody else has any use for it. What answers a mail of ours may also be
// for somebody else.
bool is_ours(const HandledMail& done) {
  switch (done.outcome) {
    case MailOutcome::kRecorded:
    case MailOutcome::kRevoked:
    case MailOutcome::kRepeated:
    case MailOutcome::kTooOld:
    case MailOutcome::kGone:
    case MailOutcome::kNothingNew:
      return true;
    case MailOutcome::kListed:
      return done.by_token;
    case MailOutcome::kForged:
    case MailOutcome::kForeign:
      return false;
  }
  return false;
}

void count(const Context& context, std::string_view outcome, std::string_view kind,
           std::uint64_t by) {
  context.metrics
      .counter("jawort_incoming_mails_total{outcome=\"" + std::string(outcome) + "\",class=\"" +
                   std::string(kind) + "\"}",
               "Mails that came back or were answered, by what became of them and what they are")
      .add(by);
}

}  // namespace

Result<HandledMail> take_in_mail(const Context& context, std::string_view message,
                                 const std::vector<std::string>& recipients) {
  const auto done = handle(context, message.substr(0, kIncomingMailLimit), recipients);
  if (!done.ok()) return done;
  count(context, name_of(done->outcome), name_of(done->kind), 1);
  const std::string mail = id_text(done->mail.value);
  context.log.info("mail_came_in", {{"outcome", name_of(done->outcome)},
                                    {"class", name_of(done->kind)},
                                    {"mail", std::string_view(done->mail ? mail : "")}});
  return done;
}

Status look_into_mailbox(const Context& context, MailSource& mailbox,
                         const std::function<bool()>& cancelled) {
  return mailbox.look(
      [&](std::string_view message) -> Result<bool> {
        const auto done = take_in_mail(context, message, {});
        if (!done.ok()) return done.error();
        return is_ours(*done);
      },
      cancelled);
}

void begin_incoming_counters(const Context& context) {
  for (const ReportClass kind :
       {ReportClass::kHard, ReportClass::kSoft, ReportClass::kOurFault, ReportClass::kComplaint}) {
    count(context, name_of(MailOutcome::kRecorded), name_of(kind), 0);
  }
}

}  // namespace jawort
