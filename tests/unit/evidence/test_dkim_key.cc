#include "engine/base/random.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/dkim_key.h"
#include "tests/support/catch.h"
#include "tests/support/rfc_dkim_keys.h"

namespace jawort {
namespace {

std::string made(DkimAlgorithm algorithm) {
  SystemRandom random;
  const auto pem = make_dkim_key(algorithm, random);
  REQUIRE(pem.ok());
  return std::string(pem->reveal_text());
}

DkimKey read(std::string_view pem) {
  auto key = DkimKey::from_pem(pem);
  REQUIRE(key.ok());
  return *key;
}

std::string complaint(std::string_view pem) {
  const auto key = DkimKey::from_pem(pem);
  REQUIRE_FALSE(key.ok());
  CHECK(key.error().kind == ErrorKind::kInvalid);
  // Nothing of a file that may hold a secret is repeated.
  for (std::string_view rest = pem; rest.size() >= 12; rest.remove_prefix(12)) {
    CHECK(key.error().message.find(rest.substr(0, 12)) == std::string::npos);
  }
  return key.error().message;
}

TEST_CASE("a new key is read back, and signs the same thing the same way") {
  const Hash256 hash = sha256(as_bytes("what is signed")), other = sha256(as_bytes("another"));
  for (const auto algorithm : {DkimAlgorithm::kRsaSha256, DkimAlgorithm::kEd25519Sha256}) {
    const std::string pem = made(algorithm);
    const DkimKey key = read(pem);
    CHECK(key.algorithm() == algorithm);
    CHECK(key.sign(hash) == read(pem).sign(hash));
    CHECK(key.sign(hash) != key.sign(other));
    CHECK(key.sign(hash) != read(made(algorithm)).sign(hash));
  }
  CHECK(read(made(DkimAlgorithm::kRsaSha256)).bits() == 2048);
  CHECK(read(made(DkimAlgorithm::kRsaSha256)).sign(hash).size() == 256);
  CHECK(read(made(DkimAlgorithm::kEd25519Sha256)).public_key().size() == 32);
}

TEST_CASE("the public half is written as RFC 8463 A.2 has it") {
  CHECK(to_base64(read(testing::kRfc8463Ed25519).public_key()) ==
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  const auto rsa = DkimKey::from_pem(testing::kRfc8463Rsa, 1024);
  REQUIRE(rsa.ok());
  CHECK(to_base64(rsa->public_key()).starts_with("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQ"));
}

// openssl ecparam -name prime256v1 -genkey; openssl genpkey -algorithm ed25519, with a passphrase.
constexpr std::string_view kElliptic =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpmn6SRlJKCrDGKBt\n"
    "iBxhyUp3kNYnFd99J+04bPo24byhRANCAARgUwJCghRfNHd6VyClvPK0cJlleQfC\n"
    "YKf0f84OFKi/bFnxxlAgZpEJUA4dPJqsoD3J0CykM/0QnBE5xFv6Et7U\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kUnderPassphrase =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjuChwd7+hrUQICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEMxZLGspYl9QqrYqUHJhtsgEQH2j\n"
    "NDeddoazMlLDSWpwlVHg4weQcHkrgXXLfVJ+xcwGv/4J5u3ZvvlfifPfm+bMBvXC\n"
    "Yg+wI+CmlKOYCTqg868=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

TEST_CASE("what cannot sign mails is refused") {
  CHECK(complaint("") == "holds no private key in PEM without a passphrase");
  CHECK(complaint("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n") ==
        "holds no private key in PEM without a passphrase");
  CHECK(complaint(kElliptic) == "holds a key that is neither RSA nor Ed25519");
  CHECK(complaint(kUnderPassphrase) == "holds no private key in PEM without a passphrase");
  CHECK(complaint(testing::kRfc8463Rsa) ==
        "holds an RSA key of 1024 bits; from 2048 to 4096 are taken (RFC 8301)");
  std::string whole = made(DkimAlgorithm::kRsaSha256);
  CHECK(complaint(whole.substr(0, whole.size() / 2)) ==
        "holds no private key in PEM without a passphrase");
  char& inside_modulus = whole[whole.find('\n') + 80];
  inside_modulus = inside_modulus == 'A' ? 'B' : 'A';
  CHECK(complaint(whole) == "holds a damaged key: its two halves do not fit");
  CHECK(complaint(std::string(1000, 'x')) == "holds no private key in PEM without a passphrase");
}

}  // namespace
}  // namespace jawort
