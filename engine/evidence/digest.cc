#include "engine/evidence/digest.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace jawort {
namespace {

// What these calls can fail of is a missing provider or no memory, neither of which passes.
void require(bool done) {
  if (!done) std::abort();
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// Fetching the algorithm and making a context cost several times the hash of a short message, so
// each thread keeps one of each. They hold no key: the pad of the last HMAC key at most.
EVP_MD_CTX* digest_context() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  require(algorithm != nullptr && context != nullptr);
  require(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  return context.get();
}

EVP_MAC_CTX* new_mac_context() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  require(algorithm != nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(algorithm);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  require(context != nullptr && EVP_MAC_CTX_set_params(context, parameters) == 1);
  return context;
}

}  // namespace

Hash256 sha256(ByteView bytes) { return sha256({bytes}); }

Hash256 sha256(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* const context = digest_context();
  for (const ByteView part : parts) {
    require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
  }
  Hash256 out{};
  require(EVP_DigestFinal_ex(context, out.data(), nullptr) == 1);
  return out;
}

Hash256 hmac_sha256(ByteView key, ByteView message) {
  static constexpr std::uint8_t kNothing = 0;
  thread_local const std::unique_ptr<EVP_MAC_CTX, FreeMac> context(new_mac_context());
  // A null key would mean "the key of last time".
  const std::uint8_t* const key_data = key.empty() ? &kNothing : key.data();
  require(EVP_MAC_init(context.get(), key_data, key.size(), nullptr) == 1);
  require(EVP_MAC_update(context.get(), message.data(), message.size()) == 1);
  Hash256 out{};
  std::size_t written = 0;
  require(EVP_MAC_final(context.get(), out.data(), &written, out.size()) == 1);
  require(written == out.size());
  return out;
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
