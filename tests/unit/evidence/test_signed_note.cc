// Further than the vectors of FORMAT.md: every mangling of keys and notes, and who signed what.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "engine/evidence/checkpoint.h"
#include "engine/evidence/signed_note.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

namespace jawort {
namespace {

using testing::take;

SigningKey key_of(std::uint8_t byte, std::string name = "example.org/log") {
  return take(SigningKey::from_seed(std::move(name), Secret(Bytes(32, byte))));
}

bool opens(std::string_view note, const VerifierKey& key) { return open_note(note, {key}).ok(); }

// Characters that are no white space but look like bytes of one, and characters that are.
TEST_CASE("names of keys: no white space of any script, no plus sign, nothing that is not text") {
  for (const char* good :
       {"a", "optin.example.org/jawort", "größe", "日本", "a_b-c:d", "\xC2\xA1"}) {
    CHECK(valid_key_name(good));
  }
  for (const char* bad :
       {"", " ", "a b", "a+b", "a\tb", "a\nb", "a\x01", "a\xC2\xA0z", "a\xC2\x85", "\xE2\x80\x89",
        "a\xE3\x80\x80z", "a\xE2\x80\xA8", "\xFF", "a\xC0\x80", "\xE1\x9A\x80", "\xE2\x81\x9F"}) {
    CHECK_FALSE(valid_key_name(bad));
  }
  CHECK_FALSE(valid_key_name(std::string_view("a\0b", 3)));
  CHECK_FALSE(SigningKey::from_seed("a b", Secret(Bytes(32, 1))).ok());
  CHECK_FALSE(SigningKey::from_seed("a", Secret(Bytes(31, 1))).ok());
}

TEST_CASE("a public key has one spelling: no part of it and no other byte is one") {
  const std::string text = key_of(1).verifier().text();
  REQUIRE(take(VerifierKey::parse(text)) == key_of(1).verifier());
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (std::size_t end = begin; end <= text.size(); ++end) {
      if (begin == 0 && end == text.size()) continue;
      CHECK_FALSE(VerifierKey::parse(text.substr(begin, end - begin)).ok());
    }
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      CAPTURE(changed);
      CHECK_FALSE(VerifierKey::parse(changed).ok());
    }
  }
  CHECK_FALSE(VerifierKey::parse(text + "\n").ok());
}

TEST_CASE("a public key of another kind or length is refused, with an ID that fits") {
  // The manglings of golang.org/x/mod/sumdb/note.
  CHECK_FALSE(VerifierKey::parse("PeterNeumann+cc469956+"
                                 "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
                  .ok());
  const auto other =
      VerifierKey::parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message.find("Ed25519") != std::string::npos);
}

TEST_CASE("a note with any bit changed does not open") {
  const SigningKey key = key_of(2);
  const std::string note = key.sign("first line\n\nthird line\n");
  REQUIRE(opens(note, key.verifier()));
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      CHECK_FALSE(opens(changed, key.verifier()));
    }
    CHECK_FALSE(opens(note.substr(0, i), key.verifier()));
    CHECK_FALSE(opens(note.substr(0, i) + note.substr(i + 1), key.verifier()));
  }
  CHECK_FALSE(opens(note + "\n", key.verifier()));
  CHECK_FALSE(opens(note + "x", key.verifier()));
}

TEST_CASE("of several signatures those of known keys count, each of them") {
  const SigningKey old_key = key_of(3);
  const SigningKey new_key = key_of(4);
  const std::string text = "the key changes\n";
  const std::string old_line = old_key.signature_line(text);
  const std::string new_line = new_key.signature_line(text);
  const std::string note = text + "\n" + old_line + new_line;
  const std::vector<VerifierKey> both{new_key.verifier(), old_key.verifier()};

  const OpenedNote opened = take(open_note(note, both));
  CHECK(opened.text == text);
  CHECK(opened.signers == std::vector<VerifierKey>{old_key.verifier(), new_key.verifier()});
  CHECK(take(open_note(note, {new_key.verifier()})).signers.size() == 1);
  CHECK(take(open_note(text + "\n" + new_line + new_line, both)).signers.size() == 1);
  CHECK_FALSE(open_note(note, {}).ok());
  CHECK_FALSE(open_note(note, {key_of(5).verifier()}).ok());
  // Of an unknown key, or of a known one under another name: passed over, however wrong.
  std::string foreign = key_of(5).signature_line("another text\n");
  CHECK(open_note(text + "\n" + foreign + new_line, both).ok());
  CHECK_FALSE(open_note(text + "\n" + foreign, both).ok());
  CHECK_FALSE(open_note(text + "\n" + key_of(4, "other").signature_line(text), both).ok());
  // One good signature does not save a bad one.
  CHECK_FALSE(open_note(text + "\n" + old_line + new_key.signature_line("another\n"), both).ok());
}

TEST_CASE("size and number of signatures are limited") {
  const SigningKey key = key_of(6);
  const std::string text = "text\n";
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += key.signature_line(text);
  CHECK(opens(text + "\n" + lines, key.verifier()));
  CHECK_FALSE(opens(text + "\n" + lines + key.signature_line(text), key.verifier()));
  const std::string large(std::size_t{1} << 20, 'x');
  CHECK_FALSE(opens(key.sign(large + "\n"), key.verifier()));
  CHECK(opens(key.sign(large.substr(1000) + "\n"), key.verifier()));
}

TEST_CASE("a checkpoint is read as it was written, and in no other spelling") {
  SystemRandom random;
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{20852163}, UINT64_MAX}) {
    const Checkpoint checkpoint{"example.com/behind-the-sofa", size, random.bytes<32>(),
                                *parse_rfc3339("2026-11-30T11:46:00.123Z")};
    const std::string text = checkpoint_text(checkpoint);
    CHECK(take(parse_checkpoint(text)) == checkpoint);
    CHECK(take(parse_checkpoint(text + "more of it\n")) == checkpoint);
    CHECK_FALSE(parse_checkpoint(text + "\n").ok());
    CHECK_FALSE(parse_checkpoint(text + "a\tb\n").ok());
    CHECK_FALSE(parse_checkpoint(text.substr(0, text.size() - 1)).ok());
    CHECK_FALSE(parse_checkpoint(text + "\xFF\n").ok());
  }
}

// The examples of the specifications, whose keys are not published.
TEST_CASE("the examples of C2SP are notes; their keys are unknown") {
  const std::string note =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
      "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  const auto opened = open_note(note, {key_of(7).verifier()});
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().message == "none of the known keys has signed this note");
  CHECK(open_note(note + key_of(7).signature_line(note.substr(0, note.find("\n\n") + 1)),
                  {key_of(7).verifier()})
            .ok());
}

}  // namespace
}  // namespace jawort
