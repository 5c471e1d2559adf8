// The one rule for addresses (PRODUCT §4.1): RFC 5321 §4.1.2 Mailbox with an ASCII local part of
// unquoted atoms (at most 64 octets, 254 in all), a domain with at least one dot, internationalised
// domains turned to A-labels (RFC 5891), no address literals.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace jawort {

class EmailAddress {
 public:
  // Surrounding white space is dropped. kInvalid with a message for the person ("…").
  static Result<EmailAddress> parse(std::string_view typed);

  const std::string& typed() const { return typed_; }  // as typed, for the record
  const std::string& mailbox() const {
    return mailbox_;
  }  // case kept, domain in A-labels: for SMTP
  const std::string& normalised() const { return normalised_; }  // ASCII lower case: for equality
  std::string_view domain() const;                               // of normalised()
  // "a***@e***.org": enough for the person to recognise, too little for others.
  std::string masked() const;

  bool operator==(const EmailAddress& other) const { return normalised_ == other.normalised_; }

 private:
  EmailAddress() = default;
  std::string typed_, mailbox_, normalised_;
};

// The last check before an envelope goes to the relay (RFC 5321 §4.1.2 after our rule): printable
// ASCII without space, < > and control bytes, exactly one unquoted "@". libcurl passes CR and LF
// through, so this is the only guard.
bool safe_envelope_address(std::string_view address);

}  // namespace jawort
