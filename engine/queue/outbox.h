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
  kHeld,         // stopped by an operator until released
};
enum class MailKind : std::uint8_t { kConfirmation };

std::string_view name_of(OutboxState state);  // "handing_over"
std::optional<OutboxState> parse_outbox_state(std::string_view name);
std::string_view name_of(MailKind kind);
std::optional<MailKind> parse_mail_kind(std::string_view name);

bool may_follow(OutboxState from, OutboxState to);
// True for states that nothing leaves: kSent, kFailed, kDropped.
bool is_final(OutboxState state);

}  // namespace jawort
