// One mail, one attempt, as a journal: `begin` is durable before the network is touched, the gate's
// mark before the last bytes go, `finish` after the relay's word. Each is a piece of work inside a
// transaction of engine/flow/send_due, so that the end of one attempt and the beginning of the next
// share one. Works may run twice (db/store.h): they set their members afresh.
#pragma once

#include "engine/flow/context.h"
#include "engine/flow/record_event.h"
#include "engine/flow/send_gate.h"
#include "engine/mail/transport.h"
#include "engine/queue/dispatcher.h"

namespace jawort {

class MailAttempt {
 public:
  MailAttempt(const Context& context, MailId id) : context_(context), id_(id) {}

  MailId id() const { return id_; }
  // Writes the attempt down. Where the mail is not queued any more, or may not go, nothing begins.
  Status begin(Tables& tables);
  bool begun() const { return begun_; }
  // The network, and the gate in a transaction of its own. An error: the store failed, and whether
  // the mail is out is told by its row.
  Result<Delivery> deliver(MailTransport& transport);
  // What the gate held back when the attempt was to begin, for the metrics, once it is durable.
  void tell_gate() const;
  // Writes the outcome down, with its event.
  Status finish(Tables& tables, const Delivery& delivery);
  // What the dispatcher is told.
  AttemptEnd end(const Delivery& delivery) const;
  // Log and metrics, once the outcome is durable.
  void report(const Delivery& delivery) const;

 private:
  Status try_to_begin(Tables& tables);
  // Asks whether the mail may go; the answer is in gate_.
  Status ask(const Tables& tables, const OutboxRow& row, Instant now);
  Status mark_last_bytes(Tables& tables, bool& allowed);
  // What the gate held back: for good, with its event, or until later.
  Status hold_back(Tables& tables, OutboxRow& row, Instant now) const;
  Status record_held_back(Tables& tables, Instant now) const;
  Status settle(Tables& tables, OutboxRow& row, const Delivery& delivery, Instant now) const;
  Status record(Tables& tables, std::string_view type, const OutboxRow& row,
                const Delivery& delivery, const std::vector<Consent>& consents, Instant now) const;

  const Context& context_;
  const MailId id_;
  bool begun_ = false;
  MailRow mail_;
  std::int64_t address_key_ = 0;
  GateAnswer gate_;
};

// The consents that the mail asks for and that still exist.
Result<std::vector<Consent>> consents_of(const Tables& tables, const MailRow& mail);
// An event about a mail and the consents it is for; which mail is said only while one is left.
NewEvent mail_event(std::string_view type, const MailRow& mail,
                    const std::vector<Consent>& consents, Instant now);

// Another program (a shell of the operator) may hold the database for a while. What has happened
// outside has to be written down all the same, so this waits for as long as it takes.
Status write_at_last(Store& store, const std::function<Status(Tables&)>& work);

void count_uncertain(const Context& context, int by);  // once it is durable

// The last bytes were handed over and no word came: counts it in the row, holds for an operator
// what would be sent again once too often, and records the event. `row` says already what would
// follow otherwise, and is written by the caller. `reason`: "restart" or "no_reply".
Status settle_uncertain(const Context& context, Tables& tables, const MailRow& mail, OutboxRow& row,
                        std::string_view reason);

}  // namespace jawort
