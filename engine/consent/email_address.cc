#include "engine/consent/email_address.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <idn2.h>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kLocalLimit = 64;     // RFC 5321 §4.5.3.1.1
constexpr std::size_t kAddressLimit = 254;  // RFC 5321 §4.5.3.1.3 less the angle brackets
constexpr std::size_t kLabelLimit = 63;     // RFC 1035 §2.3.4

// RFC 5322 §3.2.3 atext.
bool is_atext(char c) {
  return ascii_alnum(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool valid_local_part(std::string_view local) {
  if (local.empty() || local.size() > kLocalLimit) return false;
  const auto atoms = split(local, '.');
  return std::all_of(atoms.begin(), atoms.end(), [](std::string_view atom) {
    return !atom.empty() && std::all_of(atom.begin(), atom.end(), is_atext);
  });
}

bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelLimit && label.front() != '-' &&
         label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return ascii_alnum(c) || c == '-'; });
}

bool valid_domain(std::string_view domain) {
  const auto labels = split(domain, '.');
  // A top-level domain is never all digits: "a@127.0.0.1" is no mailbox of a person.
  return labels.size() >= 2 && std::all_of(labels.begin(), labels.end(), valid_label) &&
         !std::all_of(labels.back().begin(), labels.back().end(), ascii_digit);
}

// To A-labels (RFC 5891); plain ASCII keeps its case. Nothing when libidn2 refuses.
std::optional<std::string> to_a_labels(std::string_view domain) {
  if (std::all_of(domain.begin(), domain.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(domain);
  }
  char* out = nullptr;
  const std::string input(domain);
  // Non-transitional UTS #46, as browsers do: "straße" stays its own name.
  const int code = idn2_to_ascii_8z(input.c_str(), &out, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  if (code != IDN2_OK) return std::nullopt;
  std::string result(out);
  idn2_free(out);
  return result;
}

}  // namespace

Result<EmailAddress> EmailAddress::parse(std::string_view typed) {
  typed = trim_ascii_space(typed);
  const auto refuse = [] { return invalid("not an e-mail address"); };
  // Counted before anything is computed from it; a domain may shrink or grow in A-labels.
  if (typed.size() > 4 * kAddressLimit || !valid_utf8(typed)) return refuse();
  if (typed.find('\0') != std::string_view::npos) return refuse();
  const auto at = typed.rfind('@');
  if (at == std::string_view::npos) return refuse();
  const auto local = typed.substr(0, at);
  const auto domain = to_a_labels(typed.substr(at + 1));
  if (!domain || !valid_local_part(local) || !valid_domain(*domain)) return refuse();

  EmailAddress address;
  address.typed_ = std::string(typed);
  address.mailbox_ = std::string(local) + "@" + *domain;
  if (address.mailbox_.size() > kAddressLimit) return refuse();
  address.normalised_ = ascii_lower(address.mailbox_);
  return address;
}

std::string_view EmailAddress::domain() const {
  return std::string_view(normalised_).substr(normalised_.rfind('@') + 1);
}

std::string EmailAddress::masked() const {
  const auto at = normalised_.rfind('@');
  const auto dot = normalised_.rfind('.');
  return normalised_.substr(0, 1) + "***@" + normalised_.substr(at + 1, 1) + "***" +
         normalised_.substr(dot);
}

bool safe_envelope_address(std::string_view address) {
  if (address.size() > kAddressLimit) return false;
  const auto at = address.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return false;
  return valid_local_part(address.substr(0, at)) && valid_domain(address.substr(at + 1));
}

}  // namespace jawort
