// The one question before a mail goes (PROMISES 5): asked when an attempt begins, and again in the
// transaction that lets its last bytes go.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/campaign/sequence.h"
#include "engine/flow/context.h"

namespace jawort {

struct GateAnswer {
  enum class Verdict : std::uint8_t { kGo, kDrop, kPutOff };
  Verdict verdict = Verdict::kGo;
  // "ended" (nobody has a use for it any more), "suppression", "grade", "idle", "frequency" (it
  // would be too late after that), "definition"; of what is put off "frequency", "window",
  // "paused".
  std::string_view reason;
  std::optional<SuppressionReason> suppression;
  Instant until;                // kPutOff
  std::vector<ConsentId> uses;  // kGo: of these consents it is a use that their frequency counts
};

// `row`: of the outbox. The address is under the key of address_key().
Result<GateAnswer> ask_gate(const Context& context, const Tables& tables, const MailRow& mail,
                            const OutboxRow& row, std::int64_t address_key, Instant now);

// The scope of consents for a step of a campaign, now. `basis`: those that it may rest on; one of
// them has to carry it: confirmed, by e-mail, of a grade that the campaign takes, not idle. Then
// all of those have to have room, and the window has to be open.
// `own_use`: this very mail's, of an attempt that was left open.
struct ScopeRequest {
  const Campaign& campaign;
  const CampaignStep& step;
  const std::vector<Consent>& basis;
  Instant now;
  std::optional<Instant> own_use{};
};
Result<GateAnswer> ask_scope(const Context& context, const Tables& tables,
                             const ScopeRequest& request);

// The campaign's step that the mail is of, by the event that queued it.
struct StepOfMail {
  std::shared_ptr<const Campaign> campaign;  // null: it is of none that is known
  std::string campaign_id;
  SequenceStep step;
};
Result<StepOfMail> step_of_mail(const Context& context, const Tables& tables, const MailRow& mail);

// When a consent is used, so that the next mail's question knows it; and when the relay certainly
// did not take it.
Status note_uses(const Context& context, Tables& tables, const std::vector<ConsentId>& uses,
                 Instant at);
Status take_back_uses(Tables& tables, const std::vector<ConsentId>& uses, Instant at);

// The counters of what was held back for good, and of what was put off.
void count_withheld(const Context& context, std::string_view reason);
void count_put_off(const Context& context, std::string_view reason);

}  // namespace jawort
