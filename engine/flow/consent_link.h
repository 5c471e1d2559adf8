// What a token in a link leads to: shared by confirming and revoking.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/confirm_consent.h"
#include "engine/flow/record_event.h"

namespace jawort {

// A consent that a link is about, with the form it was given by.
struct LinkedConsent {
  Consent consent;
  // A round of it waits for, or was confirmed by, the link's mail. Of a confirmation link that is
  // `consent.round`, also where it is a renewal: the row says otherwise.
  bool by_this_mail = false;
  bool renews = false;  // and that round is a renewal
};

struct ConsentLink {
  TokenContent token;
  std::optional<MailRow> mail;  // nothing for a consent's own token, or when it is gone
  std::optional<ContactRow> contact;
  std::vector<LinkedConsent> consents;  // those that still exist, in order of id

  // The consent whose round this mail is about, else the first; null when none exists any more.
  const Consent* leading() const;
  std::string language() const;
};

Result<ConsentLink> follow_token(const Tables& tables, const TokenContent& token);
// The same in a read of its own.
Result<ConsentLink> read_link(const Context& context, const TokenContent& token);

// A link for any newsletter tool, whose token never expires. REQUIRES: kRevoke or kPreferences.
std::string link_url(const Context& context, TokenKind kind, ConsentId consent);
// kNotFound when the address has no consent for this purpose.
Result<std::string> link_of_consent(const Context& context, TokenKind kind, std::string_view email,
                                    std::string_view purpose);

// The form as shown at the opt-in of this consent's round; null when there is no consent.
Result<std::shared_ptr<const ShownForm>> form_of(const Context& context, const Consent* consent);

// Label and wording as they were shown, in the round's language.
AskedPurpose asked_purpose(const ShownForm* form, const Consent& consent);

// An event about these consents with what is known of the visit; facts `purpose:ID` are added.
NewEvent link_event(const Context& context, std::string_view type, const ConsentLink& link,
                    const std::vector<Consent>& consents, const Visit& visit, Instant at);

}  // namespace jawort
