#include "engine/evidence/signed_note.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::uint8_t kEd25519 = 0x01;  // C2SP: signature type
constexpr std::size_t kSeedSize = 32;
constexpr std::size_t kSignatureSize = 64;
constexpr std::size_t kIdSize = 4;
constexpr std::size_t kMaxNote = std::size_t{1} << 20;
constexpr int kMaxSignatures = 100;
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // em dash, space

// Characters beyond ASCII that Unicode calls white space. In well-formed UTF-8 no character hides
// in the bytes of others.
constexpr std::string_view kSpaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Out of memory or without its provider OpenSSL could only be wrong; neither passes.
void require(bool done) {
  if (!done) std::abort();
}

Key private_key(ByteView seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  require(key != nullptr);
  return key;
}

bool verifies(const PublicKey& public_key, std::string_view text, ByteView signature) {
  if (signature.size() != kSignatureSize) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const DigestContext context(EVP_MD_CTX_new());
  const ByteView bytes = as_bytes(text);
  const bool good =
      key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(),
                       bytes.size()) == 1;
  if (!good) ERR_clear_error();  // others look into this thread's queue
  return good;
}

std::uint32_t number_of(ByteView four) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : four) number = number << 8U | byte;
  return number;
}

Bytes id_bytes(std::uint32_t id) {
  Bytes bytes;
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(id >> (shift - 8)));
  }
  return bytes;
}

// What a note may be made of: UTF-8, no control character of ASCII but the line feed.
bool valid_note_characters(std::string_view text) {
  return valid_utf8(text) && std::ranges::all_of(text, [](char c) {
           return c == '\n' || static_cast<unsigned char>(c) >= 0x20;
         });
}

struct SignatureLine {
  std::string_view name;
  std::uint32_t id = 0;
  Bytes signature;
};

std::optional<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !valid_key_name(line.substr(0, space))) {
    return std::nullopt;
  }
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kIdSize) return std::nullopt;
  SignatureLine parsed{line.substr(0, space), number_of(ByteView(*bytes).first(kIdSize)), {}};
  bytes->erase(bytes->begin(), bytes->begin() + kIdSize);
  parsed.signature = std::move(*bytes);
  return parsed;
}

// The lines under the text. Nothing: one is malformed, or there are too many.
std::optional<std::vector<SignatureLine>> parse_signature_lines(std::string_view lines) {
  if (!lines.ends_with('\n')) return std::nullopt;
  lines.remove_suffix(1);
  std::vector<SignatureLine> parsed;
  for (const std::string_view line : split(lines, '\n')) {
    auto signature = parse_signature_line(line);
    if (!signature || parsed.size() == kMaxSignatures) return std::nullopt;
    parsed.push_back(std::move(*signature));
  }
  return parsed;
}

}  // namespace

bool valid_key_name(std::string_view name) {
  if (name.empty() || !valid_note_characters(name)) return false;
  if (name.find_first_of(" +\n") != std::string_view::npos) return false;
  return std::ranges::none_of(
      kSpaces, [&](std::string_view space) { return name.find(space) != std::string_view::npos; });
}

std::uint32_t VerifierKey::id() const {
  static constexpr std::uint8_t kBetween[] = {'\n', kEd25519};
  const Hash256 hash = sha256({as_bytes(name), ByteView(kBetween), ByteView(key)});
  return number_of(ByteView(hash).first(kIdSize));
}

std::string VerifierKey::text() const {
  Bytes typed{kEd25519};
  typed.insert(typed.end(), key.begin(), key.end());
  return name + "+" + to_hex(id_bytes(id())) + "+" + to_base64(typed);
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return invalid("a public key looks like NAME+ID+BASE64");
  VerifierKey parsed;
  parsed.name = std::string(text.substr(0, first));
  const auto bytes = from_base64(text.substr(second + 1));
  if (!valid_key_name(parsed.name) || !bytes || bytes->size() != parsed.key.size() + 1) {
    return invalid("a public key looks like NAME+ID+BASE64, with 33 bytes in base64");
  }
  if (bytes->front() != kEd25519) return invalid("this public key is not one of Ed25519");
  std::copy(bytes->begin() + 1, bytes->end(), parsed.key.begin());
  if (text.substr(first + 1, second - first - 1) != to_hex(id_bytes(parsed.id()))) {
    return invalid("the ID of this public key does not belong to its name and bytes");
  }
  return parsed;
}

Result<SigningKey> SigningKey::from_seed(std::string name, Secret seed) {
  if (!valid_key_name(name)) {
    return invalid("the name of a key has no spaces, no plus sign, and at least one character");
  }
  if (seed.reveal().size() != kSeedSize) return invalid("a signing key is made of 32 bytes");
  SigningKey key;
  key.verifier_.name = std::move(name);
  std::size_t size = key.verifier_.key.size();
  require(EVP_PKEY_get_raw_public_key(private_key(seed.reveal()).get(), key.verifier_.key.data(),
                                      &size) == 1);
  key.seed_ = std::move(seed);
  return key;
}

std::string SigningKey::signature_line(std::string_view text) const {
  const Key key = private_key(seed_.reveal());
  const DigestContext context(EVP_MD_CTX_new());
  const ByteView bytes = as_bytes(text);
  Bytes line = id_bytes(verifier_.id());
  line.resize(kIdSize + kSignatureSize);
  std::size_t size = kSignatureSize;
  require(context != nullptr &&
          EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
          EVP_DigestSign(context.get(), line.data() + kIdSize, &size, bytes.data(), bytes.size()) ==
              1 &&
          size == kSignatureSize);
  return std::string(kDash) + verifier_.name + " " + to_base64(line) + "\n";
}

std::string SigningKey::sign(std::string_view text) const {
  return std::string(text) + "\n" + signature_line(text);
}

std::string_view note_text(std::string_view note) {
  const std::size_t blank = note.rfind("\n\n");
  return blank == std::string_view::npos ? std::string_view() : note.substr(0, blank + 1);
}

Result<OpenedNote> open_note(std::string_view note, const std::vector<VerifierKey>& known) {
  if (note.size() > kMaxNote) return invalid("this is larger than a signed note may be");
  if (!valid_note_characters(note)) return invalid("a signed note is UTF-8 text");
  const std::string_view text = note_text(note);
  if (text.empty()) return invalid("this is no signed note: no empty line");
  const auto lines = parse_signature_lines(note.substr(text.size() + 1));
  if (!lines) return invalid("this is no signed note: its signatures are malformed");

  OpenedNote opened{std::string(text), {}};
  for (const SignatureLine& line : *lines) {
    bool is_known = false;
    bool good = false;
    for (const VerifierKey& key : known) {
      if (key.name != line.name || key.id() != line.id) continue;
      is_known = true;
      if (!verifies(key.key, text, line.signature)) continue;
      good = true;
      if (std::ranges::find(opened.signers, key) == opened.signers.end()) {
        opened.signers.push_back(key);
      }
    }
    if (is_known && !good)
      return invalid("the signature by " + std::string(line.name) + " is wrong");
  }
  if (opened.signers.empty()) return not_found("none of the known keys has signed this note");
  return opened;
}

}  // namespace jawort
