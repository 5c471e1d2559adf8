#include "engine/evidence/dkim_key.h"

#include <climits>
#include <cstdlib>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::size_t kSeedSize = 32;
constexpr std::size_t kEd25519SignatureSize = 64;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Held = std::unique_ptr<T, Free>;

// Out of memory or without its provider OpenSSL could only be wrong; neither passes.
void require(bool done) {
  if (!done) std::abort();
}

// Others look into this thread's queue.
Error without_traces(Error error) {
  ERR_clear_error();
  return error;
}

// Without it OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Bytes rsa_public_key(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  require(size > 0);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

Bytes ed25519_public_key(const EVP_PKEY* key) {
  Bytes bytes(kSeedSize);
  std::size_t size = bytes.size();
  require(EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) == 1 && size == bytes.size());
  return bytes;
}

// PKCS #1 v1.5 over the hash (RFC 8017 §8.2). A new context costs a hundredth of the signature.
bool set_up_rsa(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
}

Bytes sign_rsa(EVP_PKEY* key, const Hash256& hash) {
  const Held<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t size = signature.size();
  require(context != nullptr && EVP_PKEY_sign_init(context.get()) == 1 &&
          set_up_rsa(context.get()) &&
          EVP_PKEY_sign(context.get(), signature.data(), &size, hash.data(), hash.size()) == 1);
  signature.resize(size);
  return signature;
}

// RFC 8463 §3: the hash is the message of PureEdDSA.
Bytes sign_ed25519(EVP_PKEY* key, const Hash256& hash) {
  const Held<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Bytes signature(kEd25519SignatureSize);
  std::size_t size = signature.size();
  require(context != nullptr &&
          EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
          EVP_DigestSign(context.get(), signature.data(), &size, hash.data(), hash.size()) == 1 &&
          size == signature.size());
  return signature;
}

bool verifies_rsa(EVP_PKEY* key, const Hash256& hash, const Bytes& signature) {
  const Held<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  return context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
         set_up_rsa(context.get()) &&
         EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hash.data(),
                         hash.size()) == 1;
}

// A damaged file can hold two halves of different keys, and then no mail would verify. (Of Ed25519
// the public half is computed.)
bool halves_fit(EVP_PKEY* key) {
  const Hash256 hash = sha256(as_bytes("jawort"));
  const Held<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t size = signature.size();
  return context != nullptr && EVP_PKEY_sign_init(context.get()) == 1 &&
         set_up_rsa(context.get()) &&
         EVP_PKEY_sign(context.get(), signature.data(), &size, hash.data(), hash.size()) == 1 &&
         verifies_rsa(key, hash, signature);
}

Held<EVP_PKEY> fresh_key(DkimAlgorithm algorithm, Random& random) {
  switch (algorithm) {
    case DkimAlgorithm::kRsaSha256:
      return Held<EVP_PKEY>(EVP_RSA_gen(static_cast<unsigned>(kLeastDkimBits)));
    case DkimAlgorithm::kEd25519Sha256: {
      auto seed = random.bytes<kSeedSize>();
      Held<EVP_PKEY> key(
          EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
      OPENSSL_cleanse(seed.data(), seed.size());
      return key;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(DkimAlgorithm algorithm) {
  return algorithm == DkimAlgorithm::kRsaSha256 ? "rsa-sha256" : "ed25519-sha256";
}

std::string_view key_type_of(DkimAlgorithm algorithm) {
  return algorithm == DkimAlgorithm::kRsaSha256 ? "rsa" : "ed25519";
}

Result<DkimKey> DkimKey::from_pem(std::string_view pem, int least_bits) {
  if (pem.size() > INT_MAX) return invalid("is too large for a private key");
  const Held<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(text != nullptr);
  Held<EVP_PKEY> read(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (read == nullptr) {
    return without_traces(invalid("holds no private key in PEM without a passphrase"));
  }
  const int type = EVP_PKEY_get_base_id(read.get());
  if (type != EVP_PKEY_RSA && type != EVP_PKEY_ED25519) {
    return without_traces(invalid("holds a key that is neither RSA nor Ed25519"));
  }
  DkimKey key;
  key.algorithm_ = type == EVP_PKEY_RSA ? DkimAlgorithm::kRsaSha256 : DkimAlgorithm::kEd25519Sha256;
  key.bits_ = type == EVP_PKEY_RSA ? EVP_PKEY_get_bits(read.get()) : 256;
  if (type == EVP_PKEY_RSA && (key.bits_ < least_bits || key.bits_ > kMostDkimBits)) {
    return without_traces(invalid("holds an RSA key of " + std::to_string(key.bits_) +
                                  " bits; from " + std::to_string(least_bits) + " to " +
                                  std::to_string(kMostDkimBits) + " are taken (RFC 8301)"));
  }
  if (type == EVP_PKEY_RSA && !halves_fit(read.get())) {
    return without_traces(invalid("holds a damaged key: its two halves do not fit"));
  }
  key.public_key_ =
      type == EVP_PKEY_RSA ? rsa_public_key(read.get()) : ed25519_public_key(read.get());
  key.key_ = std::shared_ptr<EVP_PKEY>(std::move(read));
  return key;
}

Bytes DkimKey::sign(const Hash256& hash) const {
  return algorithm_ == DkimAlgorithm::kRsaSha256 ? sign_rsa(key_.get(), hash)
                                                 : sign_ed25519(key_.get(), hash);
}

Result<Secret> make_dkim_key(DkimAlgorithm algorithm, Random& random) {
  const Held<EVP_PKEY> key = fresh_key(algorithm, random);
  const Held<BIO> text(BIO_new(BIO_s_mem()));  // wiped when it is freed
  if (key == nullptr || text == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return without_traces(internal_error("OpenSSL could not make a key"));
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return Secret(std::string_view(bytes, static_cast<std::size_t>(size)));
}

}  // namespace jawort
