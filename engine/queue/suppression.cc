#include "engine/queue/suppression.h"

#include <array>

namespace jawort {
namespace {

constexpr std::array kReasons = {SuppressionReason::kHardBounce, SuppressionReason::kErasure,
                                 SuppressionReason::kComplaint, SuppressionReason::kNeverAgain};

}  // namespace

std::string_view name_of(SuppressionReason reason) {
  switch (reason) {
    case SuppressionReason::kHardBounce:
      return "hard_bounce";
    case SuppressionReason::kErasure:
      return "erasure";
    case SuppressionReason::kComplaint:
      return "complaint";
    case SuppressionReason::kNeverAgain:
      return "never_again";
  }
  return "";
}

std::optional<SuppressionReason> parse_suppression_reason(std::string_view name) {
  for (const SuppressionReason reason : kReasons) {
    if (name == name_of(reason)) return reason;
  }
  return std::nullopt;
}

bool lifted_by_confirmation(SuppressionReason reason) {
  switch (reason) {
    case SuppressionReason::kHardBounce:
    case SuppressionReason::kErasure:
      return true;
    case SuppressionReason::kComplaint:
    case SuppressionReason::kNeverAgain:
      return false;
  }
  return false;
}

bool may_mail(MailKind kind, SuppressionReason reason) {
  return kind == MailKind::kConfirmation && lifted_by_confirmation(reason);
}

}  // namespace jawort
