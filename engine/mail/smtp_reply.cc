#include "engine/mail/smtp_reply.h"

#include <array>
#include <string>

#include "engine/base/text.h"

namespace jawort {
namespace {

// Which stages a rule is about, as a set of bits.
constexpr unsigned at(SmtpStage stage) { return 1U << static_cast<unsigned>(stage); }
constexpr unsigned kConnect = at(SmtpStage::kConnect);
constexpr unsigned kTls = at(SmtpStage::kTls);
constexpr unsigned kLogin = at(SmtpStage::kLogin);
constexpr unsigned kSender = at(SmtpStage::kSender);
constexpr unsigned kFinalDot = at(SmtpStage::kFinalDot);
constexpr unsigned kPerson = at(SmtpStage::kRecipient) | kFinalDot;
constexpr unsigned kAny = 0x7f;

struct Rule {
  unsigned stages;
  std::string_view code;      // "." stands for any digit; "000": no reply came
  std::string_view enhanced;  // RFC 3463, "*" for any number; "" whatever it is, "-" only if none
  std::string_view text;      // lower case, somewhere in the reply; "" whatever it says
  Verdict verdict;
};

constexpr Verdict kAccepted = Verdict::kAccepted;
constexpr Verdict kDeferred = Verdict::kDeferred;
constexpr Verdict kRefused = Verdict::kRefused;
constexpr Verdict kBadAddress = Verdict::kBadAddress;
constexpr Verdict kOurFault = Verdict::kOurFault;
constexpr Verdict kUncertain = Verdict::kUncertain;

// The first rule that fits decides. The order goes from what is certain to what is guessed: reply
// code classes (RFC 5321 §4.2.1), enhanced codes (RFC 3463 and the IANA registry of RFC 5248), then
// words, and only where a relay gives no enhanced code.
constexpr std::array kRules = std::to_array<Rule>({
    // No answer. Only after the last bytes can the relay have taken the message.
    {kFinalDot, "000", "", "", kUncertain},
    {kTls, "000", "", "", kOurFault},
    {kAny, "000", "", "", kDeferred},

    // Taken; or an answer that no command of ours expects.
    {kFinalDot, "2..", "", "", kAccepted},
    {kFinalDot, "1..", "", "", kUncertain},
    {kFinalDot, "3..", "", "", kUncertain},
    {kAny, "1..", "", "", kDeferred},
    {kAny, "2..", "", "", kDeferred},
    {kAny, "3..", "", "", kDeferred},

    // Not now. Greylisting comes as 450 or 451 with 4.2.0 or 4.7.1 or nothing.
    {kLogin, "432", "", "", kOurFault},  // RFC 4954: the password must be changed first
    {kAny, "4..", "", "", kDeferred},
    {kAny, "5..", "4.*.*", "", kDeferred},  // contradicts itself: nothing final is learnt from it

    // Before MAIL a refusal cannot be about the recipient: blocklists, TLS, name and password.
    {kConnect | kTls | kLogin, "5..", "", "", kOurFault},
    // Login and encryption wanted later in the conversation (RFC 4954 §6, RFC 3207 §4).
    {kAny, "525", "", "", kOurFault},
    {kAny, "530", "", "", kOurFault},
    {kAny, "534", "", "", kOurFault},
    {kAny, "535", "", "", kOurFault},
    {kAny, "538", "", "", kOurFault},

    // Policy: the person moved away (RFC 7293); all else in 5.7 is about what we are.
    {kAny, "5..", "5.7.17", "", kRefused},
    {kAny, "5..", "5.7.18", "", kRefused},
    {kAny, "5..", "5.7.*", "", kOurFault},
    // Addresses: of the sender; else of the recipient, whatever the words.
    {kAny, "5..", "5.1.7", "", kOurFault},
    {kAny, "5..", "5.1.8", "", kOurFault},
    {kSender, "5..", "5.1.*", "", kOurFault},
    // A relay that asked the next server first wraps that one's policy into a 5.1.1 of its own.
    {kPerson, "5..", "5.1.*", " 5.7.", kOurFault},
    {kPerson, "5..", "5.1.1", "", kBadAddress},
    {kPerson, "5..", "5.1.2", "", kBadAddress},   // no such domain
    {kPerson, "5..", "5.1.3", "", kBadAddress},   // not an address there
    {kPerson, "5..", "5.1.6", "", kBadAddress},   // moved, no forwarding
    {kPerson, "5..", "5.1.10", "", kBadAddress},  // the domain takes no mail (RFC 7505)
    {kAny, "5..", "5.1.*", "", kRefused},
    // A full mailbox empties again, so relays that call it permanent are not believed.
    {kAny, "5..", "5.2.2", "", kDeferred},
    {kAny, "5..", "5.2.1", "at a rate", kDeferred},  // a large provider, to who gets too much
    {kAny, "5..", "5.2.1", "too quickly", kDeferred},
    {kPerson, "5..", "5.2.1", "", kBadAddress},  // switched off
    {kAny, "5..", "5.2.*", "", kRefused},
    // The relay's own state: full, closed for now; too big a message; misconfigured.
    {kAny, "5..", "5.3.1", "", kDeferred},
    {kAny, "5..", "5.3.2", "", kDeferred},
    {kAny, "5..", "5.3.4", "", kRefused},
    {kAny, "5..", "5.3.5", "", kOurFault},
    // Congestion means that we exceed a sending limit; a loop is a matter of set-up.
    {kAny, "5..", "5.4.5", "", kOurFault},
    {kAny, "5..", "5.4.6", "", kOurFault},
    // Protocol. 5.5.0 says nothing: a large provider sends it for unknown mailboxes.
    {kAny, "5..", "5.5.0", "", kRefused},
    {kAny, "5..", "5.5.*", "", kOurFault},
    {kAny, "500", "", "", kOurFault},
    {kAny, "502", "", "", kOurFault},
    {kAny, "503", "", "", kOurFault},
    {kAny, "504", "", "", kOurFault},
    {kAny, "555", "", "", kOurFault},
    {kAny, "571", "", "", kOurFault},  // "not authorised", from before enhanced codes

    // Size, in the answer to MAIL or later; 552 is also what a full mailbox gets.
    {kAny, "552", "-", "quota", kDeferred},
    {kAny, "552", "-", "mailbox full", kDeferred},
    {kAny, "552", "-", "mailbox is full", kDeferred},
    {kAny, "552", "-", "storage", kDeferred},
    {kAny, "552", "", "", kRefused},
    // Anything else that MAIL is refused for is about the sender.
    {kSender, "5..", "", "", kOurFault},

    // Words of relays that give no enhanced code. First those that speak of us in words that the
    // others use too: callbacks to the sender, and who asks for too many strangers.
    {kAny, "5..", "-", "sender verif", kOurFault},
    {kAny, "5..", "-", "sender address", kOurFault},
    {kAny, "5..", "-", "too many", kOurFault},
    {kAny, "5..", "-", "#5.7.", kOurFault},  // qmail writes its enhanced code in brackets
    {kAny, "5..", "-", "mailbox full", kDeferred},
    {kAny, "5..", "-", "mailbox is full", kDeferred},
    {kAny, "5..", "-", "quota", kDeferred},
    {kAny, "5..", "-", "storage", kDeferred},
    {kPerson, "5..", "-", "#5.1.1", kBadAddress},
    {kPerson, "5..", "-", " 5.1.1 ", kBadAddress},  // behind a word of the relay's own
    {kPerson, "5..", "-", "user unknown", kBadAddress},
    {kPerson, "5..", "-", "unknown user", kBadAddress},
    {kPerson, "5..", "-", "user is unknown", kBadAddress},
    {kPerson, "5..", "-", "user not known", kBadAddress},
    {kPerson, "5..", "-", "no such user", kBadAddress},
    {kPerson, "5..", "-", "no such mailbox", kBadAddress},
    {kPerson, "5..", "-", "no such recipient", kBadAddress},
    {kPerson, "5..", "-", "no such address", kBadAddress},
    {kPerson, "5..", "-", "no mailbox here", kBadAddress},
    {kPerson, "5..", "-", "mailbox not found", kBadAddress},
    {kPerson, "5..", "-", "user not found", kBadAddress},
    {kPerson, "5..", "-", "recipient not found", kBadAddress},
    {kPerson, "5..", "-", "unknown recipient", kBadAddress},
    {kPerson, "5..", "-", "recipient unknown", kBadAddress},
    {kPerson, "5..", "-", "invalid recipient", kBadAddress},
    {kPerson, "5..", "-", "unknown local part", kBadAddress},
    {kPerson, "5..", "-", "addressee unknown", kBadAddress},
    {kPerson, "5..", "-", "unrouteable address", kBadAddress},
    {kPerson, "5..", "-", "user does not exist", kBadAddress},
    {kPerson, "5..", "-", "mailbox does not exist", kBadAddress},
    {kPerson, "5..", "-", "account does not exist", kBadAddress},
    {kPerson, "5..", "-", "user doesn't have a", kBadAddress},
    {kPerson, "5..", "-", "mailbox is disabled", kBadAddress},
    {kPerson, "5..", "-", "account has been disabled", kBadAddress},
    {kPerson, "5..", "-", "account is disabled", kBadAddress},
    {kAny, "5..", "-", "rcpthosts", kOurFault},
    {kAny, "5..", "-", "relay access denied", kOurFault},
    {kAny, "5..", "-", "relaying", kOurFault},
    {kAny, "5..", "-", "relay not permitted", kOurFault},
    {kAny, "5..", "-", "prohibit", kOurFault},
    {kAny, "5..", "-", "invalid dns", kOurFault},
    {kAny, "5..", "-", "reverse dns", kOurFault},
    {kAny, "5..", "-", "spoof", kOurFault},
    {kAny, "5..", "-", "to relay", kOurFault},
    {kAny, "5..", "-", "authentication", kOurFault},
    {kAny, "5..", "-", "authenticate", kOurFault},
    {kAny, "5..", "-", "starttls", kOurFault},
    {kAny, "5..", "-", "blacklist", kOurFault},
    {kAny, "5..", "-", "blocklist", kOurFault},
    {kAny, "5..", "-", "block list", kOurFault},
    {kAny, "5..", "-", "spamhaus", kOurFault},
    {kAny, "5..", "-", "dnsbl", kOurFault},
    {kAny, "5..", "-", "blocked", kOurFault},
    {kAny, "5..", "-", "banned", kOurFault},
    {kAny, "5..", "-", "reputation", kOurFault},
    {kAny, "5..", "-", "spam", kOurFault},
    {kAny, "5..", "-", "dmarc", kOurFault},
    {kAny, "5..", "-", "dkim", kOurFault},
    {kAny, "5..", "-", "spf", kOurFault},
    {kAny, "5..", "-", "policy", kOurFault},
    {kAny, "5..", "-", "sender", kOurFault},

    // Permanent, about this message or this recipient.
    {kAny, "5..", "", "", kRefused},
});

bool code_fits(std::string_view pattern, std::string_view code) {
  if (pattern.size() != code.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '.' && pattern[i] != code[i]) return false;
  }
  return true;
}

bool enhanced_fits(std::string_view pattern, std::string_view enhanced) {
  if (pattern.empty()) return true;
  if (pattern == "-") return enhanced.empty();
  const std::vector<std::string_view> wanted = split(pattern, '.');
  const std::vector<std::string_view> given = split(enhanced, '.');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != "*" && wanted[i] != given[i]) return false;
  }
  return true;
}

// Digits at the front of `text`, at most `most`.
std::size_t digits(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  while (count < most && count < text.size() && ascii_digit(text[count])) ++count;
  return count;
}

}  // namespace

Verdict judge_reply(SmtpStage stage, int code, std::string_view enhanced, std::string_view text) {
  const std::string spelled =
      code >= 100 && code <= 599 ? std::to_string(code) : std::string("000");
  const std::string words = ascii_lower(text);
  for (const Rule& rule : kRules) {
    if ((rule.stages & at(stage)) != 0 && code_fits(rule.code, spelled) &&
        enhanced_fits(rule.enhanced, enhanced) && words.find(rule.text) != std::string::npos) {
      return rule.verdict;
    }
  }
  return kDeferred;  // not reached: every code class has a rule for all stages
}

std::string_view enhanced_status(std::string_view reply_line) {
  constexpr std::size_t kCodeAndSeparator = 4;
  if (digits(reply_line, 3) != 3 || reply_line.size() <= kCodeAndSeparator) return {};
  if (reply_line[3] != ' ' && reply_line[3] != '-') return {};
  const std::string_view rest = reply_line.substr(kCodeAndSeparator);
  if (rest.size() < 5 || (rest[0] != '2' && rest[0] != '4' && rest[0] != '5') || rest[1] != '.') {
    return {};
  }
  const std::size_t subject = digits(rest.substr(2), 3);
  const std::size_t dot = 2 + subject;
  if (subject == 0 || dot >= rest.size() || rest[dot] != '.') return {};
  const std::size_t detail = digits(rest.substr(dot + 1), 3);
  const std::size_t end = dot + 1 + detail;
  const bool ends = end == rest.size() || rest[end] == ' ' || rest[end] == '\t' ||
                    rest[end] == '\r' || rest[end] == '\n';
  return detail > 0 && ends ? rest.substr(0, end) : std::string_view{};
}

}  // namespace jawort
