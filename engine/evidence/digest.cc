#include "engine/evidence/digest.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace jawort {
namespace {

// What these calls can fail of is a missing provider or no memory, neither of which passes.
void require(bool done) {
  if (!done) std::abort();
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching the algorithm and making a context cost several times the hash of a short message, so
// each thread keeps one. Finishing a digest wipes what it held.
EVP_MD_CTX* digest_context() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  require(algorithm != nullptr && context != nullptr);
  require(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  return context.get();
}

Hash256 finish(EVP_MD_CTX* context) {
  Hash256 out{};
  require(EVP_DigestFinal_ex(context, out.data(), nullptr) == 1);
  return out;
}

void update(EVP_MD_CTX* context, ByteView part) {
  require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
}

// RFC 2104: the block size of SHA-256, and what the two pads are made of.
constexpr std::size_t kBlock = 64;
constexpr std::uint8_t kInner = 0x36, kOuter = 0x5c;

}  // namespace

Hash256 sha256(ByteView bytes) { return sha256({bytes}); }

Hash256 sha256(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* const context = digest_context();
  for (const ByteView part : parts) update(context, part);
  return finish(context);
}

Hash256 hmac_sha256(ByteView key, ByteView message) { return hmac_sha256(key, {message}); }

// From two digests: OpenSSL's MAC costs more to set up than both of them for a short message, and
// the log has one per value.
Hash256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
  std::array<std::uint8_t, kBlock> pad{};
  if (key.size() > kBlock) {
    std::ranges::copy(sha256(key), pad.begin());
  } else {
    std::ranges::copy(key, pad.begin());
  }
  for (std::uint8_t& byte : pad) byte ^= kInner;
  EVP_MD_CTX* context = digest_context();
  update(context, pad);
  for (const ByteView part : parts) update(context, part);
  const Hash256 inner = finish(context);
  for (std::uint8_t& byte : pad) byte ^= kInner ^ kOuter;
  context = digest_context();
  update(context, pad);
  update(context, inner);
  OPENSSL_cleanse(pad.data(), pad.size());
  return finish(context);
}

std::string version_text(const Hash256& hash) { return "sha256:" + to_hex(hash); }

std::optional<Hash256> parse_version_text(std::string_view text) {
  static constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const auto bytes = from_hex(text.substr(kPrefix.size()));
  Hash256 out{};
  if (!bytes || bytes->size() != out.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

}  // namespace jawort
