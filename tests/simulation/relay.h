// A relay with moods: it takes, defers, greylists and refuses with replies that providers really
// give, loses its reply after the dot, goes down for hours, and refuses us for what we are.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/mail/smtp_reply.h"
#include "engine/mail/transport.h"
#include "tests/simulation/chance.h"
#include "tests/support/fakes.h"

namespace jawort::simulation {

// All that the relay saw of one mail, whole.
struct Letter {
  std::string recipient, message_id;
  std::string confirm, revoke;  // tokens
  int spoken = 0;               // attempts that came to speak about this mail
  int delivered = 0;            // copies in the mailbox
  // What people did with it.
  bool pressed = false;  // its button, by a person
  bool banned = false;   // denied or revoked: must not be handed over any more
};
using Letters = std::map<Hash256, Letter>;

// Ways in which a transport can be broken, for the test that the simulation sees it.
enum class Defect { kNone, kIgnoresTheGate, kSendsTwice, kCountsWhenDown };

class Relay final : public MailTransport {
 public:
  Relay(Dice& dice, testing::VirtualClock& clock, Journal& journal, Fate& fate)
      : dice_(dice), clock_(clock), journal_(journal), fate_(fate) {}

  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override;

  // Until then it is down, or refuses us. 0: fine from now on.
  void down_for(milliseconds time);
  void refuses_us_for(milliseconds time);
  void calm() { calm_ = true, down_until_ = refusing_until_ = milliseconds{0}; }

  // Called once before the gate is asked, and once after it and before the reply: moments at which
  // other people act.
  std::function<void()> meanwhile = [] {};
  // Called when the gate has said yes.
  std::function<void(const Hash256&, const Letter&)> about_to_deliver = [](const auto&,
                                                                           const auto&) {};
  Defect defect = Defect::kNone;

  Letters& letters() { return letters_; }
  std::vector<Hash256> mailbox() const;  // of all people, in the order of arrival

 private:
  Delivery said(SmtpStage stage, std::string_view reply) const;
  bool greylisted(const std::string& recipient);
  Delivery at_the_dot(const Hash256& hash, Letter& letter, const LastBytesGate& gate);
  Letter& letter_of(const Hash256& hash, const Envelope& envelope, std::string_view message);

  Dice& dice_;
  testing::VirtualClock& clock_;
  Journal& journal_;
  Fate& fate_;
  bool calm_ = false;
  milliseconds down_until_{0}, refusing_until_{0};
  std::map<std::string, milliseconds> greylist_;  // recipient: first seen
  Letters letters_;
  std::vector<Hash256> arrived_;
};

}  // namespace jawort::simulation
