// The person's own purposes, one box each (PRODUCT §4.1, /preferences/{token}). The link may have
// been forwarded with a newsletter: whoever has it can end a consent, as with a revocation link,
// but a tick only asks for a confirmation mail, and the mailbox decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/context.h"
#include "engine/flow/visit.h"

namespace jawort {

enum class PreferencesState : std::uint8_t {
  kOpen,
  kOnNoList,  // a genuine token whose contact is gone, or has no consent
  kDead,      // unknown, malformed, foreign: 404
};

struct PreferredPurpose {
  std::string id, label, wording;  // as consented to; where nothing is, as it would be asked now
  bool pending = false, confirmed = false;  // neither: the box is empty
  // What a tick would be bound to, as one word for the page to send back: form, its version, and
  // the purpose. Empty where none of the person's forms offers the purpose any more.
  std::string offer;
};

struct PreferencesPage {
  PreferencesState state = PreferencesState::kDead;
  std::string language, masked_address;
  // Those the person has or had a consent for, then what the forms of these consents offer today.
  std::vector<PreferredPurpose> purposes;
  // What change_preferences did.
  bool saved = false;   // something ended
  bool mailed = false;  // a confirmation mail is queued: call Context::mail_queued after the answer
  bool stale = false;   // something was ticked that is not offered any more as it was shown
  bool withheld = false;  // something was ticked, and no mail may go to the address for now
};

// What the page sent. A box that was on the page and is as it was changes nothing, whatever has
// become of the consent meanwhile.
struct PreferencesChoice {
  std::vector<std::string> ticked;  // purposes
  std::vector<std::string> was;     // purposes whose box was ticked when the page was made
  std::vector<std::string> offers;  // PreferredPurpose::offer
};

Result<PreferencesPage> look_up_preferences(const Context& context, std::string_view token);
// Revokes what was unticked (what was pending ends as not chosen) and asks for a confirmation of
// what was ticked, by the wording that the page showed, in one transaction.
Result<PreferencesPage> change_preferences(const Context& context, std::string_view token,
                                           const PreferencesChoice& choice, const Visit& visit);

// The link for any newsletter tool; never expires. kNotFound when the address has no consent for
// this purpose.
Result<std::string> preferences_link(const Context& context, std::string_view email,
                                     std::string_view purpose);

}  // namespace jawort
