#include "engine/queue/outbox.h"

#include <array>
#include <utility>

namespace jawort {
namespace {

constexpr std::array<std::pair<OutboxState, std::string_view>, 7> kStates{{
    {OutboxState::kQueued, "queued"},
    {OutboxState::kAttempting, "attempting"},
    {OutboxState::kHandingOver, "handing_over"},
    {OutboxState::kSent, "sent"},
    {OutboxState::kFailed, "failed"},
    {OutboxState::kDropped, "dropped"},
    {OutboxState::kHeld, "held"},
}};

}  // namespace

std::string_view name_of(OutboxState state) {
  return kStates.at(static_cast<std::size_t>(state)).second;
}

std::optional<OutboxState> parse_outbox_state(std::string_view name) {
  for (const auto& [state, text] : kStates) {
    if (text == name) return state;
  }
  return std::nullopt;
}

std::string_view name_of(MailKind kind) {
  switch (kind) {
    case MailKind::kConfirmation:
      return "confirmation";
    case MailKind::kAlreadySubscribed:
      return "already_subscribed";
    case MailKind::kUnsubscribe:
      return "unsubscribe";
    case MailKind::kReceipt:
      return "receipt";
    case MailKind::kReminder:
      return "reminder";
    case MailKind::kStep:
      return "step";
    case MailKind::kRevocationNotice:
      return "revocation_notice";
  }
  return "";
}

std::optional<MailKind> parse_mail_kind(std::string_view name) {
  for (const MailKind kind :
       {MailKind::kConfirmation, MailKind::kAlreadySubscribed, MailKind::kUnsubscribe,
        MailKind::kReceipt, MailKind::kReminder, MailKind::kStep, MailKind::kRevocationNotice}) {
    if (name == name_of(kind)) return kind;
  }
  return std::nullopt;
}

bool is_final(OutboxState state) {
  return state == OutboxState::kSent || state == OutboxState::kFailed ||
         state == OutboxState::kDropped;
}

bool may_follow(OutboxState from, OutboxState to) {
  switch (from) {
    case OutboxState::kQueued:
      return to == OutboxState::kAttempting || to == OutboxState::kDropped ||
             to == OutboxState::kHeld || to == OutboxState::kFailed;
    case OutboxState::kAttempting:  // back to kQueued after a failure or a crash
      return to == OutboxState::kQueued || to == OutboxState::kHandingOver ||
             to == OutboxState::kFailed || to == OutboxState::kDropped;
    case OutboxState::kHandingOver:
      return to == OutboxState::kSent || to == OutboxState::kQueued || to == OutboxState::kFailed ||
             to == OutboxState::kHeld;
    case OutboxState::kHeld:
      return to == OutboxState::kQueued || to == OutboxState::kDropped;
    case OutboxState::kSent:
    case OutboxState::kFailed:
    case OutboxState::kDropped:
      return false;
  }
  return false;
}

MailPriority priority_of(MailKind kind) {
  switch (kind) {
    case MailKind::kConfirmation:
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
    case MailKind::kReminder:
    case MailKind::kRevocationNotice:
      return MailPriority::kPersonal;
    case MailKind::kReceipt:
    case MailKind::kStep:
      return MailPriority::kBulk;
  }
  return MailPriority::kBulk;
}

bool asks_for_press(MailKind kind) {
  switch (kind) {
    case MailKind::kConfirmation:
    case MailKind::kReminder:
      return true;
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
    case MailKind::kReceipt:
    case MailKind::kStep:
    case MailKind::kRevocationNotice:
      return false;
  }
  return false;
}

int resends_after_uncertainty(MailKind kind) {
  switch (kind) {
    case MailKind::kConfirmation:
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
    case MailKind::kReminder:
    case MailKind::kRevocationNotice:
      return 1;
    case MailKind::kReceipt:
    case MailKind::kStep:
      return 0;
  }
  return 0;
}

}  // namespace jawort
