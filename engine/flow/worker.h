// The machine behind the flow: one scheduler thread that finds what is due, sender threads that
// mail it, a timer for expiry, one that tells other systems, one that carries out steps of
// campaigns. Started and stopped by engine/app only.
#pragma once

#include <memory>

#include "engine/flow/context.h"
#include "engine/mail/mailbox_reader.h"
#include "engine/mail/transport.h"
#include "engine/queue/dispatcher.h"
#include "webhooks/outgoing/poster.h"

namespace jawort {

// A mailbox to look into; no source: there is none.
struct MailboxWatch {
  std::unique_ptr<MailSource> source{};
  std::chrono::seconds every{60};
};

class Worker {
 public:
  virtual ~Worker() = default;
  virtual void start() = 0;
  // Thread-safe, never blocks: something was queued, look now.
  virtual void wake() = 0;
  // Hands out nothing new, waits up to `within` for replies that are under way, joins all threads.
  // False: some were still waiting for the relay's word (they stay as they are in the outbox).
  virtual bool stop(milliseconds within) = 0;
};

// Without `posters` no webhook goes.
std::unique_ptr<Worker> make_worker(const Context& context, TransportFactory transports,
                                    const DispatchSettings& settings,
                                    const WebhookPosterFactory& posters = {},
                                    MailboxWatch mailbox = {});

}  // namespace jawort
