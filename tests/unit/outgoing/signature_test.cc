#include "webhooks/outgoing/signature.h"

#include "engine/evidence/digest.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

std::vector<Secret> one(Secret secret) {
  std::vector<Secret> secrets;
  secrets.push_back(std::move(secret));
  return secrets;
}

}  // namespace

// The example that the standard's libraries are tested with.
TEST_CASE("a signature is the standard's") {
  const auto key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(key);
  CHECK(webhook_signatures(one(Secret(*key)), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                           "{\"test\": 2432232314}") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("two secrets give two signatures, the current one first") {
  const Secret key(Bytes(32, 1));
  std::vector<Secret> both;
  both.push_back(webhook_secret(key, "crm", 2));
  both.push_back(webhook_secret(key, "crm", 1));
  const std::string header = webhook_signatures(both, "msg_1_0_aa", 1, "{}");
  CHECK(header ==
        webhook_signatures(one(webhook_secret(key, "crm", 2)), "msg_1_0_aa", 1, "{}") + " " +
            webhook_signatures(one(webhook_secret(key, "crm", 1)), "msg_1_0_aa", 1, "{}"));
}

TEST_CASE("a secret is of one endpoint and one generation, and long enough") {
  const Secret key(Bytes(32, 1)), other(Bytes(32, 2));
  const std::string crm = secret_text(webhook_secret(key, "crm", 1));
  CHECK(crm == secret_text(webhook_secret(key, "crm", 1)));
  CHECK(crm.starts_with("whsec_"));
  CHECK(from_base64(crm.substr(6))->size() == 32);
  CHECK(crm != secret_text(webhook_secret(key, "crm", 2)));
  CHECK(crm != secret_text(webhook_secret(key, "crn", 1)));
  CHECK(crm != secret_text(webhook_secret(other, "crm", 1)));
  CHECK(secret_text(webhook_secret(key, "crm", 11)) != secret_text(webhook_secret(key, "crm1", 1)));
}

TEST_CASE("identifiers can be read back, and hold no full stop") {
  const Hash256 leaf = sha256(as_bytes("leaf"));
  const std::string id = webhook_id(1234567, 2, leaf);
  CHECK(id.find('.') == std::string::npos);
  const auto read = parse_webhook_id(id);
  REQUIRE(read);
  CHECK(read->sequence == 1234567);
  CHECK(read->part == 2);
  CHECK(id != webhook_id(1234567, 2, sha256(as_bytes("other"))));
  for (const char* const wrong :
       {"", "msg_", "msg_1_0", "msg_1_0_12", "msg_x_0_0123456789abcdef", "1_0_0123456789abcdef",
        "msg_1_0_0123456789ABCDEF", "msg_99999999999999999999_0_0123456789abcdef",
        "msg_1_1000_0123456789abcdef", "msg_1_0_0123456789abcdef_", "msg_01_0_0123456789abcdef"}) {
    INFO(wrong);
    CHECK_FALSE(parse_webhook_id(wrong));
  }
}

}  // namespace jawort
