// Private keys that sign mails: RSA (RFC 6376 §3.3.1 as RFC 8301 changes it) and Ed25519 (RFC
// 8463), from PEM. What is signed, and how it stands in a mail: engine/mail/dkim.h. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/random.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

struct evp_pkey_st;  // EVP_PKEY of OpenSSL

namespace jawort {

enum class DkimAlgorithm : std::uint8_t { kRsaSha256, kEd25519Sha256 };
std::string_view name_of(DkimAlgorithm algorithm);      // "rsa-sha256", as in a=
std::string_view key_type_of(DkimAlgorithm algorithm);  // "rsa", as in k=

// RFC 8301 §3.2: signers have to use at least 1,024 bits and should use 2,048, verifiers have to
// know up to 4,096.
constexpr int kLeastDkimBits = 2048;
constexpr int kMostDkimBits = 4096;

// Copies share one key.
class DkimKey {
 public:
  // The first private key in `pem`: PKCS #8, or PKCS #1 as `openssl genrsa` once wrote it. kInvalid
  // for none, one under a passphrase, another kind, an RSA key of less than `least_bits` (only
  // tests, for the keys of the RFCs, ask for less) or more than kMostDkimBits, and one whose halves
  // do not belong together. The message never quotes it.
  static Result<DkimKey> from_pem(std::string_view pem, int least_bits = kLeastDkimBits);

  DkimAlgorithm algorithm() const { return algorithm_; }
  int bits() const { return bits_; }  // 256 of Ed25519
  // What the DNS says in p=: SubjectPublicKeyInfo in DER of RSA (RFC 6376 §3.6.1), the 32 bytes of
  // Ed25519 (RFC 8463 §4.2).
  const Bytes& public_key() const { return public_key_; }
  // Over the hash of what RFC 6376 §3.7 puts together. The same hash gives the same bytes.
  Bytes sign(const Hash256& hash) const;

 private:
  DkimKey() = default;
  std::shared_ptr<evp_pkey_st> key_;
  DkimAlgorithm algorithm_ = DkimAlgorithm::kRsaSha256;
  int bits_ = 0;
  Bytes public_key_;
};

// A fresh key (RSA: of 2,048 bits) as PEM, PKCS #8. RSA takes its entropy from OpenSSL's own
// generator, which is seeded by the kernel; `random` makes Ed25519. kInternal when OpenSSL fails.
Result<Secret> make_dkim_key(DkimAlgorithm algorithm, Random& random);

}  // namespace jawort
