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
  }
  return "";
}

std::optional<MailKind> parse_mail_kind(std::string_view name) {
  for (const MailKind kind : {MailKind::kConfirmation, MailKind::kAlreadySubscribed,
                              MailKind::kUnsubscribe, MailKind::kReceipt}) {
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
      return MailPriority::kPersonal;
    case MailKind::kReceipt:
      return MailPriority::kBulk;
  }
  return MailPriority::kBulk;
}

int resends_after_uncertainty(MailKind kind) {
  switch (kind) {
    case MailKind::kConfirmation:
    case MailKind::kAlreadySubscribed:
    case MailKind::kUnsubscribe:
      return 1;
    case MailKind::kReceipt:
      return 0;
  }
  return 0;
}

}  // namespace jawort
