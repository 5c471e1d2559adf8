#include "engine/flow/shield.h"

namespace jawort {

std::string_view name_of(BlockReason reason) {
  switch (reason) {
    case BlockReason::kHoneypot:
      return "honeypot";
    case BlockReason::kTooFast:
      return "too_fast";
    case BlockReason::kProofOfWork:
      return "proof_of_work";
    case BlockReason::kPerClient:
      return "per_client";
    case BlockReason::kPerAddress:
      return "per_address";
    case BlockReason::kDenied:
      return "denied";
    case BlockReason::kForeignOrigin:
      return "foreign_origin";
    case BlockReason::kInvalid:
      return "invalid";
  }
  return "";
}

void BlockedPosts::add(const BlockedPostRow& row) {
  const std::lock_guard lock(mutex_);
  counts_[{row.day, row.form, row.reason}] += row.posts;
}

std::vector<BlockedPostRow> BlockedPosts::take() {
  std::vector<BlockedPostRow> rows;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, posts] : counts_) {
    rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), posts});
  }
  counts_.clear();
  return rows;
}

}  // namespace jawort
