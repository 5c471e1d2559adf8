#include "tests/simulation/relay.h"

#include "engine/evidence/digest.h"
#include "tests/support/world.h"

namespace jawort::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct Reply {
  SmtpStage stage;
  std::string_view text;
};

const std::vector<Reply>& unfriendly() {
  static const std::vector<Reply> replies = {
      {SmtpStage::kRecipient,
       "450 4.2.1 The user you are trying to contact is receiving mail too "
       "quickly. Please resend your message at a later time."},
      {SmtpStage::kRecipient, "452 4.2.2 The email account that you tried to reach is over quota."},
      {SmtpStage::kRecipient, "451 4.3.0 Temporary lookup failure"},
      {SmtpStage::kRecipient, "421 4.7.0 Try again later, closing connection."},
      {SmtpStage::kRecipient, "550 5.1.1 User unknown in virtual mailbox table"},
      {SmtpStage::kRecipient, "550 Requested action not taken: mailbox unavailable"},
      {SmtpStage::kRecipient, "554 5.7.1 Service unavailable; Client host blocked using Spamhaus"},
      {SmtpStage::kRecipient,
       "550 5.7.26 This mail has been blocked: the sender is unauthenticated"},
      {SmtpStage::kRecipient, "552 5.2.2 Mailbox full"},
      {SmtpStage::kData, "451 4.7.651 The mail server has been temporarily rate limited"},
      {SmtpStage::kData, ""},
  };
  return replies;
}

const std::vector<Reply>& unfriendly_at_the_dot() {
  static const std::vector<Reply> replies = {
      {SmtpStage::kFinalDot, "451 4.3.2 Please try again later"},
      {SmtpStage::kFinalDot, "452 4.3.1 Insufficient system storage"},
      {SmtpStage::kFinalDot, "550 5.7.1 Message rejected as spam by content filtering"},
      {SmtpStage::kFinalDot, "554 5.6.0 Message content is not acceptable"},
  };
  return replies;
}

std::string header(std::string_view message, std::string_view name) {
  const auto at = message.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) return {};
  const auto begin = at + name.size() + 4;
  return std::string(message.substr(begin, message.find("\r\n", begin) - begin));
}

}  // namespace

void Relay::down_for(milliseconds time) {
  if (!calm_) down_until_ = clock_.monotonic() + time;
}

void Relay::refuses_us_for(milliseconds time) {
  if (!calm_) refusing_until_ = clock_.monotonic() + time;
}

std::vector<Hash256> Relay::mailbox() const { return arrived_; }

// As engine/mail/smtp_transport judges it.
Delivery Relay::said(SmtpStage stage, std::string_view reply) const {
  Delivery delivery;
  delivery.code = reply.empty() ? 0 : std::stoi(std::string(reply.substr(0, 3)));
  delivery.enhanced = enhanced_status(reply);
  delivery.reply = reply;
  delivery.relay = "relay.example:25";
  delivery.verdict = judge_reply(stage, delivery.code, delivery.enhanced, reply);
  delivery.about_mail = stage >= SmtpStage::kRecipient;
  journal_.note("relay: " + (reply.empty() ? "no reply" : std::string(reply)));
  return delivery;
}

// Five minutes from the first attempt; then it is known.
bool Relay::greylisted(const std::string& recipient) {
  if (!recipient.ends_with("@grey.example")) return false;
  const milliseconds now = clock_.monotonic();
  return now < greylist_.try_emplace(recipient, now).first->second + minutes{5};
}

Letter& Relay::letter_of(const Hash256& hash, const Envelope& envelope, std::string_view message) {
  auto [found, is_new] = letters_.try_emplace(hash);
  Letter& letter = found->second;
  if (!is_new) return letter;
  letter.recipient = ascii_lower(envelope.recipient);
  letter.message_id = header(message, "Message-ID");
  letter.confirm = testing::token_after(message, "/confirm/");
  letter.revoke = testing::token_after(message, "/revoke/");
  for (const auto& [other_hash, other] : letters_) {
    journal_.expect(other_hash == hash || other.message_id != letter.message_id,
                    "a mail sent again is the same, byte for byte");
  }
  return letter;
}

Delivery Relay::send(const Envelope& envelope, std::string_view message,
                     const LastBytesGate& gate) {
  fate_.strike();
  clock_.advance(dice_.upto(seconds{3}));
  const milliseconds now = clock_.monotonic();
  const Hash256 hash = sha256(as_bytes(message));
  Letter& letter = letter_of(hash, envelope, message);
  if (now < down_until_) {
    if (dice_.one_in(4)) clock_.advance(seconds{30});  // it does not even say no
    Delivery down = said(SmtpStage::kConnect, dice_.one_in(3) ? "421 4.3.2 Shutting down" : "");
    if (defect == Defect::kCountsWhenDown) down.about_mail = true;
    return down;
  }
  if (now < refusing_until_) return said(SmtpStage::kLogin, "535 5.7.8 Authentication failed");
  ++letter.spoken;
  if (!calm_ && greylisted(letter.recipient)) {
    return said(SmtpStage::kRecipient, "450 4.2.0 Recipient address rejected: Greylisted");
  }
  if (!calm_ && dice_.one_in(5)) {
    const Reply& reply = dice_.of(unfriendly());
    return said(reply.stage, reply.text);
  }
  return at_the_dot(hash, letter, gate);
}

Delivery Relay::at_the_dot(const Hash256& hash, Letter& letter, const LastBytesGate& gate) {
  meanwhile();
  fate_.strike();
  if (!gate() && defect != Defect::kIgnoresTheGate) {
    --letter.spoken;
    journal_.note("withheld from " + letter.recipient);
    Delivery withheld;
    withheld.verdict = Verdict::kWithheld;
    return withheld;
  }
  about_to_deliver(hash, letter);
  fate_.strike();
  const bool reply_lost = !calm_ && dice_.one_in(8);
  if (!calm_ && !reply_lost && dice_.one_in(10)) {
    const Reply& reply = dice_.of(unfriendly_at_the_dot());
    return said(reply.stage, reply.text);
  }
  if (!reply_lost || dice_.one_in(2)) {
    letter.delivered += defect == Defect::kSendsTwice ? 2 : 1;
    arrived_.push_back(hash);
    journal_.note("in the mailbox of " + letter.recipient);
  }
  fate_.strike();
  meanwhile();
  if (reply_lost) {
    clock_.advance(minutes{10});
    return said(SmtpStage::kFinalDot, "");
  }
  return said(SmtpStage::kFinalDot, "250 2.0.0 Ok: queued as 4F9");
}

}  // namespace jawort::simulation
