// Input: a public key, a line feed, and a note; the note is also opened with a key of ours.
#include "engine/evidence/signed_note.h"

#include "engine/base/text.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

const SigningKey& our_key() {
  static const SigningKey key =
      std::move(*SigningKey::from_seed("optin.example.org/jawort", Secret(Bytes(32, 7))));
  return key;
}

void opens_as_signed(std::string_view note, const VerifierKey& key) {
  const auto opened = open_note(note, {key});
  if (!opened.ok()) return;
  promise(opened->signers == std::vector<VerifierKey>{key}, "only a known key is a signer");
  promise(note.starts_with(opened->text + "\n\xE2\x80\x94 "), "the text is that of the note");
  promise(opened->text.ends_with('\n') && valid_utf8(note), "a note is text");
}

void signed_note(std::string_view bytes) {
  Input input(bytes);
  const auto key = VerifierKey::parse(input.line());
  if (key.ok()) {
    const auto again = VerifierKey::parse(key->text());
    promise(bytes.starts_with(key->text()), "a public key has one spelling");
    promise(again.ok() && *again == *key && valid_key_name(key->name), "and can be written");
    opens_as_signed(input.rest(), *key);
  }
  opens_as_signed(input.rest(), our_key().verifier());

  // What was not signed does not open; what was, does.
  const std::string text = std::string(input.rest().substr(0, 1000)) + "\n";
  bool printable = valid_utf8(text);
  for (const char c : text)
    printable = printable && (c == '\n' || static_cast<unsigned char>(c) > 31);
  const auto genuine = open_note(our_key().sign(text), {our_key().verifier()});
  promise(genuine.ok() == printable, "any text can be signed");
  if (genuine.ok()) promise(genuine->text == text, "and is read as it was");
  const std::string other = "x" + text + "\n" + our_key().signature_line(text);
  promise(!open_note(other, {our_key().verifier()}).ok(), "a changed text does not open");
}

const Registration registered("signed_note", signed_note);

}  // namespace
}  // namespace jawort::fuzz
