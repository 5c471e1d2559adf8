// What the protection against abuse remembers between two posts. In memory: a restart forgives.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "db/rows.h"
#include "engine/base/clock.h"
#include "engine/base/ids.h"
#include "engine/base/text.h"

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
  kNothingToRevoke,  // /unsubscribe
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

// Spreads confirmation mails when more come than the operator allows for the whole installation
// ([limits] confirmation_mails): somebody bombs lists through our forms from many clients. As many
// as the limit says go at once, those beyond it one by one as the limit allows. Nothing is refused
// or lost; posts are answered as always. Thread-safe.
class MailBrake {
 public:
  // When a mail queued now may go. Does not count it.
  Instant next_slot(const RateLimit& limit, Instant now) const;
  // A mail was queued.
  void count(const RateLimit& limit, Instant now);
  // After a start: `mails` were queued within the window that ends now.
  void resume(const RateLimit& limit, int mails, Instant now);
  // Whether the brake has come on or off since it was asked last; nothing: neither.
  std::optional<bool> changed(const RateLimit& limit, Instant now);

 private:
  Instant slot(const RateLimit& limit, Instant now) const;  // REQUIRES: mutex_ is held

  mutable std::mutex mutex_;  // guards what follows
  // The moment at which all mails counted so far would have gone, one after the other at the even
  // pace of the limit (the "theoretical arrival time" of GCRA, ITU-T I.371).
  Instant even_pace_ends_{};
  bool was_on_ = false;
};

// The links whose press looked like a machine's, where the operator lets Jawort ask again (flow/
// ask_again.h). Thread-safe. Bounded: beyond `kept` the link asked about first is forgotten, whose
// next press is judged anew.
class AskedLinks {
 public:
  explicit AskedLinks(std::size_t kept = 100'000) : kept_(kept) {}

  // False: it was asked before; then reasons that are new join the others.
  bool ask(MailId mail, const std::vector<std::string>& reasons);
  // Names of rules; nothing: this link was not asked about.
  std::optional<std::vector<std::string>> reasons(MailId mail) const;
  // Counts a typed address and answers nothing; or, after five within an hour, counts nothing and
  // answers in how many seconds (at least 1) the next may come. `now` is monotonic.
  std::optional<std::chrono::seconds> count_try(MailId mail, milliseconds now);
  void forget(MailId mail);  // it is confirmed

 private:
  struct Asked {
    std::vector<std::string> reasons;
    std::deque<milliseconds> tries;  // the oldest first
  };
  const std::size_t kept_;
  mutable std::mutex mutex_;       // guards what follows
  std::map<MailId, Asked> links_;  // ids rise with time
};

struct Shield {
  BlockedPosts blocked;
  MailBrake brake;
  AskedLinks asked;
};

}  // namespace jawort
