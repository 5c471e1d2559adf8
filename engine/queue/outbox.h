// States of a mail on its way out, and which may follow which. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jawort {

enum class OutboxState : std::uint8_t {
  kQueued,       // waits for its time
  kAttempting,   // an attempt is written down; nothing final has gone to the relay
  kHandingOver,  // the last bytes may be with the relay; its word is not in yet
  kSent,         // the relay answered 2yz to the message
  kFailed,       // given up: a permanent answer, or too old
  kDropped,      // not to be sent any more: consent ended, superseded, or taken out by an operator
  kHeld,         // waits for an operator: uncertain too often
};
enum class MailKind : std::uint8_t {
  kConfirmation,       // asks for a press, also for one that renews a consent
  kAlreadySubscribed,  // tells whoever signed up again that nothing was to be done
  kUnsubscribe,        // the link to revoke, asked for on /unsubscribe
  kReceipt,            // what was confirmed, with the signed checkpoint of the log that covers it
  kReminder,           // asks once more for a press that nobody made yet
  kStep,               // what a drip campaign mails to who has confirmed
  kRevocationNotice,   // tells whoever has left that it is done
};

// A due mail of an earlier priority overtakes all of a later one. Numbers as in the database.
enum class MailPriority : std::uint8_t {
  kPersonal,  // somebody waits for it
  kBulk,      // nobody does: newsletters, receipts, later steps of a campaign
};
inline constexpr std::size_t kMailPriorities = 2;

std::string_view name_of(OutboxState state);  // "handing_over"
std::optional<OutboxState> parse_outbox_state(std::string_view name);
std::string_view name_of(MailKind kind);  // "confirmation"
std::optional<MailKind> parse_mail_kind(std::string_view name);

bool may_follow(OutboxState from, OutboxState to);
// True for states that nothing leaves: kSent, kFailed, kDropped.
bool is_final(OutboxState state);

// Of a step that answers a press at once it is kPersonal all the same; see flow/run_steps.
MailPriority priority_of(MailKind kind);
// A press on its link confirms.
bool asks_for_press(MailKind kind);
// How often a mail of this kind may go out again after it was left open whether it arrived. Two
// mails with the same link do no harm; a newsletter twice does.
int resends_after_uncertainty(MailKind kind);

}  // namespace jawort
