#include "engine/flow/shield.h"

#include <algorithm>

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
    case BlockReason::kNothingToRevoke:
      return "nothing_to_revoke";
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

Instant MailBrake::slot(const RateLimit& limit, Instant now) const {
  const milliseconds window = length_from(now, limit.window);
  const milliseconds pace = window / limit.count;
  return std::max(now, even_pace_ends_ + pace - window);
}

Instant MailBrake::next_slot(const RateLimit& limit, Instant now) const {
  const std::lock_guard lock(mutex_);
  return slot(limit, now);
}

void MailBrake::count(const RateLimit& limit, Instant now) { resume(limit, 1, now); }

void MailBrake::resume(const RateLimit& limit, int mails, Instant now) {
  const std::lock_guard lock(mutex_);
  const milliseconds window = length_from(now, limit.window);
  even_pace_ends_ = std::max(even_pace_ends_, now) + mails * window / limit.count;
}

std::optional<bool> MailBrake::changed(const RateLimit& limit, Instant now) {
  const std::lock_guard lock(mutex_);
  const bool is_on = slot(limit, now) > now;
  if (is_on == was_on_) return std::nullopt;
  was_on_ = is_on;
  return is_on;
}

bool AskedLinks::ask(MailId mail, const std::vector<std::string>& reasons) {
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = links_.try_emplace(mail);
  auto& known = entry->second.reasons;
  for (const std::string& reason : reasons) {
    if (std::ranges::find(known, reason) == known.end()) known.push_back(reason);
  }
  if (links_.size() > kept_) links_.erase(links_.begin());
  return is_new;
}

std::optional<std::vector<std::string>> AskedLinks::reasons(MailId mail) const {
  const std::lock_guard lock(mutex_);
  const auto entry = links_.find(mail);
  if (entry == links_.end()) return std::nullopt;
  return entry->second.reasons;
}

std::optional<std::chrono::seconds> AskedLinks::count_try(MailId mail, milliseconds now) {
  constexpr std::size_t kTries = 5;
  constexpr std::chrono::hours kWindow{1};
  const std::lock_guard lock(mutex_);
  auto& tries = links_[mail].tries;
  while (!tries.empty() && tries.front() + kWindow <= now) tries.pop_front();
  if (tries.size() < kTries) {
    tries.push_back(now);
    return std::nullopt;
  }
  return std::max(std::chrono::seconds(1),
                  std::chrono::ceil<std::chrono::seconds>(tries.front() + kWindow - now));
}

void AskedLinks::forget(MailId mail) {
  const std::lock_guard lock(mutex_);
  links_.erase(mail);
}

}  // namespace jawort
