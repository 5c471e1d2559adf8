// Text signed with Ed25519 (RFC 8032), as a C2SP signed note: the text, an empty line, and a line
// "— NAME BASE64" per signature. The text is UTF-8 without control characters of ASCII but the line
// feed, with which it ends. FORMAT.md has the test vectors. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace jawort {

using PublicKey = std::array<std::uint8_t, 32>;

// A name has at least one character, no white space (of Unicode), no control character, no "+".
bool valid_key_name(std::string_view name);

// What is given to those who check, written "NAME+HEX OF ID+BASE64" (C2SP: vkey).
struct VerifierKey {
  std::string name;
  PublicKey key{};
  std::uint32_t id() const;  // first four bytes of SHA-256(name || "\n" || 0x01 || key)
  std::string text() const;
  static Result<VerifierKey> parse(std::string_view text);  // kInvalid, also for a wrong id
  bool operator==(const VerifierKey&) const = default;
};

class SigningKey {
 public:
  // `seed`: the 32 bytes of RFC 8032 §5.1.5. kInvalid for another length, or no valid_key_name.
  static Result<SigningKey> from_seed(std::string name, Secret seed);
  const VerifierKey& verifier() const { return verifier_; }
  // The line "— NAME BASE64\n" under `text`, which ends with a line feed.
  std::string signature_line(std::string_view text) const;
  // The note as a whole, signed by this key alone.
  std::string sign(std::string_view text) const;

 private:
  SigningKey() = default;
  VerifierKey verifier_;
  Secret seed_;
};

// What stands above the signatures, with its last line feed, checked by nobody; empty when it is no
// note. For notes of our own, and to learn whose signature to ask for.
std::string_view note_text(std::string_view note);

struct OpenedNote {
  std::string text;                  // as signed, with its last line feed
  std::vector<VerifierKey> signers;  // those of the known keys that signed it; at least one
};
// kInvalid: not a note, or a signature by a known key that does not verify. kNotFound: a note, and
// none of the known keys has signed it.
// Lines by unknown keys are passed over, but have to be well-formed. At most 1 MiB and 100
// signatures.
Result<OpenedNote> open_note(std::string_view note, const std::vector<VerifierKey>& known);

}  // namespace jawort
