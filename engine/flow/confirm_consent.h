// Step 3: the link is opened, the button pressed. The stamp is written in one transaction with the
// event.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/flow/context.h"
#include "engine/flow/visit.h"

namespace jawort {

// What stands behind a confirmation token.
enum class LinkState : std::uint8_t {
  kOpen,        // waits for the press
  kConfirmed,   // this mail confirmed it; shows the success page
  kDenied,      // only as the answer to a denial just made
  kSuperseded,  // a newer mail exists: 410
  kExpired,     // 410
  kDead,        // unknown, malformed, foreign, revoked, denied, erased: 404, always the same page
};

// What a press is asked that looks like a machine's, where [consent] suspicious = "ask_again".
enum class AskedQuestion : std::uint8_t {
  kNone,
  kAddress,       // to type it
  kWrongAddress,  // once more
  kTooManyTries,  // not before `wait`; a fresh mail asks anew
};

struct AskedPurpose {
  std::string id, label, wording;
  bool confirmed = false;
};

struct ConfirmPage {
  LinkState state = LinkState::kDead;
  std::string language;
  std::string masked_address;
  std::vector<AskedPurpose> purposes;  // what this link can confirm, or has confirmed
  bool keeps = false;  // it is, or was, to renew a consent that stays in force without it
  ConfirmMode mode = ConfirmMode::kButton;
  AskedQuestion question = AskedQuestion::kNone;  // only of kOpen
  std::chrono::seconds wait{0};
  std::shared_ptr<const ShownForm> form;  // as shown at the opt-in; null for kDead
};

// Reads only.
Result<ConfirmPage> look_up_link(const Context& context, std::string_view token);
// The page was fetched by GET: records the opening (at most 50 per mail) when the link is open.
Result<ConfirmPage> open_link(const Context& context, std::string_view token, const Visit& visit);
// `chosen`: with several purposes, those ticked on the page; nothing: all that were asked. Purposes
// not chosen end as expired. kInvalid: `chosen` is given and names none that was asked.
// `by_click`: the link itself confirms (form set to confirm = "click"); graded `click`. Where
// Jawort asks again, one that looks like a machine's does nothing, and the page stays kOpen.
// `typed`: the address, where the page asked for it; wrong five times, it is asked for no more
// within that hour. A `question` in the answer: nothing was confirmed.
Result<ConfirmPage> confirm_consent(const Context& context, std::string_view token,
                                    const std::optional<std::vector<std::string>>& chosen,
                                    bool by_click, const Visit& visit,
                                    const std::optional<std::string>& typed = std::nullopt);
// "That was not me".
Result<ConfirmPage> deny_consent(const Context& context, std::string_view token,
                                 const Visit& visit);

}  // namespace jawort
