// Addresses that get no mail, or none but a confirmation mail (PRODUCT §2). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "engine/queue/outbox.h"

namespace jawort {

// From the lightest to the gravest: of two reasons for one address the graver counts.
enum class SuppressionReason : std::uint8_t {
  kHardBounce,  // the mailbox does not exist
  kErasure,     // the person had their data erased
  kComplaint,   // the person reported a mail of ours as unwanted
  kNeverAgain,  // the person said so
};

std::string_view name_of(SuppressionReason reason);  // "hard_bounce"
std::optional<SuppressionReason> parse_suppression_reason(std::string_view name);

// True for reasons that end when the person confirms a fresh sign-up, so that a confirmation mail
// may still be tried.
bool lifted_by_confirmation(SuppressionReason reason);
// The reminder is not such a mail: nobody has signed up anew since the mailbox was not there.
bool may_mail(MailKind kind, SuppressionReason reason);

}  // namespace jawort
