// A person writes instead of pressing: to the address that unsubscribes, or in answer to a mail of
// ours. What is clear ends the consents at once; the rest waits on a list for a human.
#pragma once

#include <vector>

#include "engine/flow/handle_bounce.h"
#include "engine/mail/leave_request.h"

namespace jawort {

// How long a mail waits for a human, and its hash against being listed twice.
inline constexpr std::chrono::hours kInboxKeeps{30 * 24};

// `token`: genuine, of the address that unsubscribes. `bytes`: the mail as it came.
Result<HandledMail> take_persons_mail(const Context& context, const TokenContent& token,
                                      const PersonsMail& mail, std::string_view bytes);
// By the Message-IDs that it answers, which many may know: it is listed, whatever it says. kForeign
// where none is ours.
Result<HandledMail> list_answer(const Context& context, const MimePart& message,
                                std::string_view bytes);

struct InboxEntry {
  InboxRow row;
  std::string email;                  // of the contact
  std::vector<std::string> purposes;  // that would end
};
// Those that wait, oldest first, after `after`, at most `limit`.
Result<std::vector<InboxEntry>> list_inbox(const Context& context, InboxId after, int limit);
Result<InboxEntry> show_inbox(const Context& context, InboxId id);  // kNotFound
// Somebody has read it. Ends the consents that the mail was about (revoked_by: mail), or nothing.
Result<EndedConsents> revoke_by_inbox(const Context& context, InboxId id);
Status dismiss_inbox(const Context& context, InboxId id);
// Answers how many went.
Result<int> prune_inbox(const Context& context, int limit);

}  // namespace jawort
