#include "engine/mail/smtp_reply.h"

#include <vector>

#include "engine/mail/smtp_conversation.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

using enum SmtpStage;
using enum Verdict;

// The whole reply as relays send it; code and status are taken from it as the transport does.
struct Row {
  SmtpStage stage;
  std::string_view reply;
  Verdict verdict;
};

Verdict judged(SmtpStage stage, std::string_view reply) {
  int code = 0;
  for (std::size_t i = 0; i < 3 && i < reply.size(); ++i) code = code * 10 + (reply[i] - '0');
  return judge_reply(stage, code, enhanced_status(reply), reply);
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.reply, static_cast<int>(row.stage));
    CHECK(name_of(judged(row.stage, row.reply)) == name_of(row.verdict));
  }
}

TEST_CASE("accepted is only what the relay says after the last bytes") {
  check({{kFinalDot, "250 2.0.0 Ok: queued as 4C1B2", kAccepted},
         {kFinalDot, "250 Message accepted", kAccepted},
         {kFinalDot, "251 fine too", kAccepted},
         {kData, "250 ok", kDeferred},
         {kRecipient, "250 2.1.5 Ok", kDeferred},
         {kFinalDot, "354 go ahead", kUncertain},
         {kFinalDot, "150 wait", kUncertain}});
}

TEST_CASE("without an answer only the last bytes leave a doubt") {
  CHECK(judge_reply(kConnect, 0, "", "") == kDeferred);
  CHECK(judge_reply(kTls, 0, "", "") == kOurFault);
  CHECK(judge_reply(kLogin, 0, "", "") == kDeferred);
  CHECK(judge_reply(kSender, 0, "", "") == kDeferred);
  CHECK(judge_reply(kRecipient, 0, "", "") == kDeferred);
  CHECK(judge_reply(kData, 0, "", "") == kDeferred);
  CHECK(judge_reply(kFinalDot, 0, "", "") == kUncertain);
  CHECK(judge_reply(kFinalDot, 999, "", "no code of SMTP") == kUncertain);
  CHECK(judge_reply(kRecipient, 12, "", "no code of SMTP") == kDeferred);
}

TEST_CASE("4yz means later, at every stage") {
  check({{kConnect, "421 4.3.2 Service shutting down", kDeferred},
         {kConnect, "421-4.7.0 Try again later, closing connection.", kDeferred},
         {kConnect, "421 4.7.0 [TSS04] Messages temporarily deferred", kDeferred},
         {kTls, "454 4.7.0 TLS not available due to local problem", kDeferred},
         {kLogin, "454 4.7.0 Temporary authentication failure", kDeferred},
         {kRecipient, "450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted", kDeferred},
         {kRecipient, "450 4.7.1 Greylisting in action, please come back later", kDeferred},
         {kRecipient, "451 Greylisted, try again in 300 seconds", kDeferred},
         {kRecipient, "452 4.2.2 The email account is over quota", kDeferred},
         {kRecipient, "450 4.1.1 User unknown in a table that is not there", kDeferred},
         {kFinalDot, "451 4.3.0 Error: queue file write error", kDeferred},
         {kFinalDot, "452 4.3.1 Insufficient system storage", kDeferred},
         {kFinalDot, "550 4.4.7 contradicts itself", kDeferred}});
}

TEST_CASE("a plain word that there is no such mailbox is about the address") {
  check({
      {kRecipient, "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown",
       kBadAddress},
      {kRecipient, "550 5.1.1 user unknown", kBadAddress},
      {kRecipient, "550-5.1.1 The account that you want to reach does not exist.", kBadAddress},
      {kRecipient, "550 5.1.1 unknown or illegal alias: a@b.example", kBadAddress},
      {kRecipient, "550 5.1.1 <a@b.example>: user does not exist", kBadAddress},
      {kRecipient, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by lookup", kBadAddress},
      {kRecipient, "550 5.2.1 The account that you want to reach is disabled.", kBadAddress},
      {kRecipient, "550 5.2.1 <a@b.example>... User is inactive", kBadAddress},
      {kRecipient, "550 5.2.1 <a@b.example>... Addressee unknown, relay=[192.0.2.1]", kBadAddress},
      {kRecipient, "553 5.1.3 Invalid address format", kBadAddress},
      {kRecipient, "556 5.1.10 Recipient address has null MX", kBadAddress},
      {kRecipient, "550 5.1.2 <a@b.example>: Recipient address rejected: Domain not found",
       kBadAddress},
      {kRecipient, "551 5.1.6 User has moved", kBadAddress},
      {kFinalDot, "550 5.1.1 User unknown", kBadAddress},
      {kFinalDot, "554 delivery error: dd This user doesn't have a mail.example account",
       kBadAddress},
      {kRecipient, "554 delivery error: dd This account has been disabled or discontinued",
       kBadAddress},
      {kRecipient, "550 No such user here", kBadAddress},
      {kRecipient, "550 No Such User (a@b.example)", kBadAddress},
      {kRecipient, "550 Benutzer nicht bekannt/User unknown", kBadAddress},
      {kRecipient, "550 Unknown local part a in <a@b.example>", kBadAddress},
      {kRecipient, "550 MAILBOX NOT FOUND", kBadAddress},
      {kRecipient, "550 unrouteable address", kBadAddress},
      {kRecipient, "550 Invalid Recipient - https://help.example/docs#550", kBadAddress},
      {kRecipient, "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)", kBadAddress},
      {kRecipient, "550 filter_nsu 5.1.1 <a@b.example> Recipient address rejected", kBadAddress},
      {kRecipient, "550 5.1.1 spam policy says: user unknown", kBadAddress},
  });
}

TEST_CASE("an unclear refusal is final for this mail and not held against the address") {
  check(
      {{kRecipient, "550 Requested action not taken: mailbox unavailable", kRefused},
       {kRecipient, "550 5.5.0 Requested action not taken: mailbox unavailable", kRefused},
       {kRecipient, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", kRefused},
       {kRecipient, "550 5.1.0 Address rejected", kRefused},
       {kRecipient, "550 5.2.0 mailbox trouble", kRefused},
       {kRecipient, "550 5.7.17 Mailbox owner has changed", kRefused},
       {kRecipient, "550 5.7.18 Domain owner has changed", kRefused},
       {kFinalDot, "550 protocol violation", kRefused},
       {kData, "550 user unknown", kRefused}});
}

TEST_CASE("words about strangers that are meant for us") {
  check(
      {{kRecipient, "550 5.1.1 <a@b.example>: undeliverable: host mx said: 554 5.7.1 blocked",
        kOurFault},
       {kRecipient, "550 Too many unknown users from your network", kOurFault},
       {kRecipient,
        "550-Verification failed for <x@y.example> Unrouteable address"
        " Sender verify failed",
        kOurFault},
       {kRecipient, "550 Sender address rejected: user unknown", kOurFault},
       {kSender, "550 5.1.1 User unknown", kOurFault},
       {kSender, "550 no such user", kOurFault},
       {kRecipient, "550 relay not permitted", kOurFault},
       {kRecipient, "550 Administrative prohibition", kOurFault},
       {kFinalDot, "550 Rejected by header based anti-spoofing policy", kOurFault},
       {kFinalDot, "554-Transaction failed Reject due to policy restrictions.", kOurFault},
       {kRecipient, "550-Requested action not taken: mailbox unavailable invalid DNS MX record",
        kOurFault},
       {kConnect, "554 IP=192.0.2.1 - A problem occurred. Ask your postmaster for help", kOurFault},
       {kFinalDot, "550-5.7.0 Message considered as spam, rejected", kOurFault},
       {kFinalDot, "554 5.7.1 [CS01] Message rejected due to local policy", kOurFault},
       {kFinalDot, "554 Message not allowed - [PH01] Email not accepted for policy reasons.",
        kOurFault},
       {kRecipient, "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", kOurFault}});
}

TEST_CASE("a message that is refused for itself is final") {
  check({{kFinalDot, "552 5.3.4 Message size exceeds fixed limit", kRefused},
         {kFinalDot, "552 5.2.3 Message length exceeds limit", kRefused},
         {kSender, "552 Message size exceeds fixed maximum message size", kRefused},
         {kFinalDot, "554 5.6.0 Message content rejected", kRefused},
         {kFinalDot, "554 Transaction failed", kRefused}});
}

TEST_CASE("a full mailbox empties again, whatever class the relay gives it") {
  check(
      {{kRecipient, "452 4.2.2 Mailbox full", kDeferred},
       {kRecipient, "552 5.2.2 Mailbox full", kDeferred},
       {kRecipient, "550 5.2.2 over quota", kDeferred},
       {kRecipient, "552 Requested mail action aborted: exceeded storage allocation", kDeferred},
       {kRecipient, "552 User is over quota", kDeferred},
       {kRecipient, "550 User has exhausted allowed storage space.", kDeferred},
       {kRecipient, "550 Mailbox quota exceeded", kDeferred},
       {kRecipient, "550 5.2.1 The user is receiving mail at a rate that prevents more", kDeferred},
       {kFinalDot, "554 mailbox full", kDeferred}});
}

TEST_CASE("what is wrong with us is never held against the person") {
  check(
      {{kConnect, "554 5.7.1 Service unavailable; client [192.0.2.1] blocked", kOurFault},
       {kConnect, "554 No SMTP service here", kOurFault},
       {kConnect, "521 host does not accept mail", kOurFault},
       {kTls, "501 5.5.4 Syntax error", kOurFault},
       {kLogin, "535 5.7.8 Authentication credentials invalid", kOurFault},
       {kLogin, "534 5.7.9 Application-specific password required", kOurFault},
       {kLogin, "432 4.7.12 A password transition is needed", kOurFault},
       {kLogin, "504 Unrecognized authentication type", kOurFault},
       {kSender, "530 5.7.0 Must issue a STARTTLS command first", kOurFault},
       {kSender, "530 Authentication required", kOurFault},
       {kRecipient, "538 5.7.11 Encryption required", kOurFault},
       {kSender, "553 5.7.1 Sender address rejected: not owned by user", kOurFault},
       {kSender, "550 5.1.8 Sender domain not found", kOurFault},
       {kSender, "550 5.1.0 Address rejected", kOurFault},
       {kSender, "550 rejected", kOurFault},
       {kRecipient, "550 5.1.8 Sender address rejected: Domain not found", kOurFault},
       {kRecipient, "501 5.1.7 Bad sender address syntax", kOurFault},
       {kRecipient, "554 5.7.1 <a@b.example>: Relay access denied", kOurFault},
       {kRecipient, "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent.", kOurFault},
       {kRecipient, "550 relay not permitted; we are not an open relaying host", kOurFault},
       {kRecipient, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        kOurFault},
       {kRecipient, "550 Blocked - see https://www.spamhaus.org/query/ip/192.0.2.1", kOurFault},
       {kRecipient, "550 5.4.5 Daily user sending limit exceeded", kOurFault},
       {kFinalDot, "550-5.7.26 This mail has been blocked: the sender is unauthenticated",
        kOurFault},
       {kFinalDot, "550 5.7.509 Access denied, sending domain does not pass DMARC", kOurFault},
       {kFinalDot, "554 5.7.1 Spam message rejected", kOurFault},
       {kFinalDot, "550 This message scored as spam", kOurFault},
       {kFinalDot, "571 Delivery not authorized", kOurFault},
       {kRecipient, "503 5.5.1 Bad sequence of commands", kOurFault},
       {kSender, "555 5.5.4 Unsupported option", kOurFault},
       {kData, "502 not implemented", kOurFault},
       {kFinalDot, "554 5.3.5 System incorrectly configured", kOurFault}});
}

TEST_CASE("every code at every stage has a verdict, and the class decides what it may be") {
  for (int stage = 0; stage <= static_cast<int>(kFinalDot); ++stage) {
    for (int code = 100; code <= 599; ++code) {
      const auto at = static_cast<SmtpStage>(stage);
      const Verdict verdict = judge_reply(at, code, "", "");
      CAPTURE(stage, code);
      CHECK(verdict != kWithheld);
      CHECK((verdict == kAccepted) == (code / 100 == 2 && at == kFinalDot));
      CHECK(verdict != kBadAddress);  // a code alone does not say so
      CHECK_FALSE((verdict == kRefused && code < 500));
      CHECK_FALSE((verdict == kRefused && at <= kLogin));
      CHECK_FALSE((verdict == kUncertain && at != kFinalDot));
    }
  }
}

TEST_CASE("the status of RFC 3463 is read strictly") {
  CHECK(enhanced_status("550 5.1.1 No such user") == "5.1.1");
  CHECK(enhanced_status("550-5.7.26 more") == "5.7.26");
  CHECK(enhanced_status("421 4.7.0") == "4.7.0");
  CHECK(enhanced_status("250 2.0.0\r\n") == "2.0.0");
  CHECK(enhanced_status("550 5.123.999 x") == "5.123.999");
  for (const std::string_view line :
       {"", "5", "550", "550 ", "550 3.1.1 x", "550 5.1 x", "550 5.1.1x", "550 5..1 x",
        "550 5.1. x", "550 5.1234.1 x", "550 5.1.1234 x", "550  5.1.1 x", "550 127.0.0.1 is listed",
        "5.1.1 x", "55 5.1.1 x", "550:5.1.1 x", "550 5.1.1.1 x", "550 \xff.1.1 x"}) {
    CAPTURE(line);
    CHECK(enhanced_status(line).empty());
  }
}

TEST_CASE("each verdict has a name") {
  CHECK(name_of(kAccepted) == "accepted");
  CHECK(name_of(kDeferred) == "deferred");
  CHECK(name_of(kRefused) == "refused");
  CHECK(name_of(kBadAddress) == "bad_address");
  CHECK(name_of(kOurFault) == "our_fault");
  CHECK(name_of(kUncertain) == "uncertain");
  CHECK(name_of(kWithheld) == "withheld");
}

TEST_CASE("a conversation knows which command a reply answers") {
  SmtpConversation talk(false);
  talk.message_begins();
  CHECK_FALSE(talk.opened());
  talk.connection_opened();
  CHECK(talk.stage() == kConnect);
  talk.reply_received("220 relay.example ESMTP\r\n");
  CHECK(talk.greeted());
  talk.command_sent("EHLO a.example\r\n");
  CHECK_FALSE(talk.answered());
  talk.reply_received("250-relay.example\r\n250-STARTTLS\r\n");
  CHECK_FALSE(talk.answered());
  talk.reply_received("250 SIZE\r\n");
  CHECK(talk.answered());
  talk.command_sent("STARTTLS\r\n");
  CHECK(talk.stage() == kTls);
  CHECK_FALSE(talk.encrypted());
  talk.reply_received("220 2.0.0 go ahead\r\n");
  CHECK(talk.encrypted());
  talk.command_sent("EHLO a.example\r\n");
  talk.reply_received("250 ok\r\n");
  talk.command_sent("AUTH PLAIN\r\n");
  talk.reply_received("334 \r\n");
  talk.command_sent("MAIL \r\n");  // base64 can look like a command
  CHECK(talk.stage() == kLogin);
  talk.reply_received("235 2.7.0 welcome\r\n");
  CHECK(talk.authenticated());
  talk.command_sent("MAIL FROM:<a@b.example>\r\n");
  CHECK(talk.stage() == kSender);
  talk.reply_received("250 ok\r\n");
  talk.command_sent("RCPT TO:<c@d.example>\r\n");
  talk.reply_received("550-5.1.1 The account\r\n550-5.1.1 does not\r\n550 5.1.1 exist\r\n");
  CHECK(talk.stage() == kRecipient);
  CHECK(talk.code() == 550);
  CHECK(talk.enhanced() == "5.1.1");
  CHECK(talk.text() == "550 5.1.1 The account does not exist");
  talk.command_sent("QUIT\r\n");
  talk.reply_received("221 bye\r\n");
  CHECK(talk.code() == 550);
  talk.message_begins();
  CHECK(talk.authenticated());
  CHECK(talk.code() == 0);
  talk.connection_opened();
  CHECK_FALSE(talk.encrypted());
  CHECK_FALSE(talk.authenticated());
}

TEST_CASE("a reply is put together from pieces, and nonsense is passed over") {
  SmtpConversation talk(true);
  talk.message_begins();
  talk.connection_opened();
  CHECK(talk.encrypted());
  for (const char c : std::string_view("hello\r\n\r\n45\r\n421 4.3.2 go\taway\x01!\r\n")) {
    talk.reply_received({&c, 1});
  }
  CHECK(talk.code() == 421);
  CHECK(talk.text() == "421 4.3.2 go away !");
}

TEST_CASE("a login needs the 235 to AUTH, not just anywhere") {
  SmtpConversation talk(true);
  talk.message_begins();
  talk.connection_opened();
  talk.reply_received("220 hi\r\n");
  talk.command_sent("EHLO a\r\n");
  talk.reply_received("235 2.7.0 surely\r\n");
  CHECK_FALSE(talk.authenticated());
}

TEST_CASE("what a relay says is made fit for the record") {
  CHECK(printable_reply("550 \xff\xfe grüße\r\n") == "550 \xEF\xBF\xBD\xEF\xBF\xBD grüße  ");
  CHECK(printable_reply("a\xC0\xAE"
                        "b") ==
        "a\xEF\xBF\xBD\xEF\xBF\xBD"
        "b");
  CHECK(printable_reply("a\xE2\x80\xA8"
                        "b\xC2\x85"
                        "c\x7f") == "a b c ");
  const std::string long_text = printable_reply(std::string(999, 'a') + "ä and more");
  CHECK(long_text.size() == 999);
  SmtpConversation talk(true);
  talk.connection_opened();
  for (int i = 0; i < 500; ++i) talk.reply_received("550-5.7.1 " + std::string(300, 'b') + "\r\n");
  talk.reply_received("550 5.7.1 end\r\n");
  CHECK(talk.text().size() == 1000);
  CHECK(talk.enhanced() == "5.7.1");
}

}  // namespace
}  // namespace jawort
