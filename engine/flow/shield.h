// What the protection against abuse remembers between two posts. In memory: a restart forgives.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "db/rows.h"

namespace jawort {

// Why a post created nothing, or (kPerAddress) sent no mail.
enum class BlockReason : std::uint8_t {
  kHoneypot,
  kTooFast,      // quicker than min_seconds, or by a page that is too old
  kProofOfWork,  // missing, wrong, late or used before
  kPerClient,
  kPerAddress,
  kDenied,
  kForeignOrigin,
  kInvalid,
};
std::string_view name_of(BlockReason reason);

// Counts that wait to be written (engine/flow/count_blocked.h). Thread-safe; as many entries as
// there are forms, reasons and days between two writes.
class BlockedPosts {
 public:
  void add(const BlockedPostRow& row);
  std::vector<BlockedPostRow> take();  // all of them, and forgets them

 private:
  std::mutex mutex_;  // guards counts_
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> counts_;
};

struct Shield {
  BlockedPosts blocked;
};

}  // namespace jawort
