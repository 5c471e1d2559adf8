// What every flow function is handed: references, no globals. Made in engine/app, which alone knows
// the concrete classes behind them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "db/store.h"
#include "engine/base/clock.h"
#include "engine/base/ids.h"
#include "engine/base/log.h"
#include "engine/base/metrics.h"
#include "engine/base/random.h"
#include "engine/base/time_zone.h"
#include "engine/campaign/definition_set.h"
#include "engine/evidence/keys.h"
#include "engine/evidence/token.h"
#include "engine/flow/ledger_state.h"
#include "engine/flow/shield.h"
#include "engine/mail/message.h"
#include "engine/net/address_guard.h"
#include "templates/renderer.h"

namespace jawort {

enum class IpPolicy : std::uint8_t { kTruncated, kFull, kNone };
// What a press that looks like a machine's does: it counts and is marked, or has to be made again
// with the address typed (ask_again.h).
enum class SuspicionPolicy : std::uint8_t { kMark, kAskAgain };

// [ledger] of jawort.toml; empty: not used.
struct LedgerSettings {
  std::string origin;          // the name of a log that has none yet
  bool origin_is_set = false;  // by the operator
  std::string checkpoint_file, checkpoint_url;
  std::optional<Duration> mail_officer;  // how often
  std::string timestamp_url, timestamp_ca_file;
  Duration timestamp_every{0, std::chrono::hours{1}};
};

// [webhooks] of jawort.toml.
struct WebhookSettings {
  AddressGuard guard;   // where endpoints may be
  std::string ca_file;  // empty: the system's certificates
};

// What an operator sets and flows need (PRODUCT §5).
struct FlowSettings {
  std::string public_url;  // "https://optin.example.org", no slash at the end
  Mailbox from;            // [mail] from
  std::optional<Mailbox> reply_to;
  // Where mails come back: "bounce.example.org"; empty: to `from`, and nothing is learnt of them.
  std::string bounce_domain;
  Duration link_valid{0, std::chrono::hours{7 * 24}};
  IpPolicy ip = IpPolicy::kTruncated;
  SuspicionPolicy suspicious = SuspicionPolicy::kMark;
  // Confirmation mails of the whole installation that go at once; nothing: all of them.
  std::optional<RateLimit> confirmation_mails;
  LedgerSettings ledger;
  WebhookSettings webhooks;
};

// The definitions in force. Thread-safe; a reader keeps its snapshot while a newer one comes. (A
// mutex, because std::atomic<shared_ptr> of GCC 12 spins while its holder is preempted.)
class DefinitionsInForce {
 public:
  std::shared_ptr<const DefinitionSet> get() const {
    const std::lock_guard lock(mutex_);
    return set_;
  }
  void replace(std::shared_ptr<const DefinitionSet> set) {
    const std::lock_guard lock(mutex_);
    set_.swap(set);
  }

 private:
  mutable std::mutex mutex_;  // guards set_
  std::shared_ptr<const DefinitionSet> set_;
};

struct Context {
  const Clock& clock;
  Random& random;
  IdSource& ids;
  Store& store;
  const Keys& keys;
  const TokenBox& tokens;
  const Templates& templates;
  const TimeZone& zone;
  const FlowSettings& settings;
  DefinitionsInForce& definitions;
  Log& log;
  Metrics& metrics;
  Shield& shield;
  LedgerState& ledger;
  // Called after a mail was committed to the outbox, so that it goes at once. Never blocks.
  std::function<void()> mail_queued;
};

}  // namespace jawort
