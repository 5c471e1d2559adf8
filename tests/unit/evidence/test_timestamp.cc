// RFC 3161 tokens, held against one that OpenSSL's own tools made (tests/golden/timestamp). What
// becomes of a whole answer of an authority, and of wrong ones, tests/e2e/test_ledger.py tells.
#include <string>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/timestamp.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

namespace jawort {
namespace {

using testing::take;

std::string path_of(std::string_view name) {
  return std::string(JAWORT_SOURCE_FOLDER) + "/tests/golden/timestamp/" + std::string(name);
}
std::string file(std::string_view name) { return take(read_file(path_of(name), 1 << 20)); }

TEST_CASE("a token is taken for what it stamps, by the authority that is trusted") {
  const std::string content = file("checkpoint.txt");
  const std::string token = file("token.der");
  const auto found = take(verify_timestamp(as_bytes(token), content, path_of("authority.pem")));
  CHECK(rfc3339(found.at).starts_with("2026-11-30T"));
  CHECK(found.authority == "/CN=Time stamps by tsa");
  CHECK(take(read_timestamp(as_bytes(token), content)).at == found.at);

  const auto refused = [&](std::string_view der, std::string_view of, std::string_view ca) {
    const auto verified = verify_timestamp(as_bytes(der), of, path_of(ca));
    return verified.ok() ? std::string() : verified.error().message;
  };
  CHECK(refused(token, content + "\n", "authority.pem").ends_with("for something else"));
  CHECK_FALSE(read_timestamp(as_bytes(token), content + "\n").ok());
  CHECK(refused(token, content, "other.pem").find("not to be trusted") != std::string::npos);
  CHECK_FALSE(refused(token, content, "no_such_file.pem").empty());
  CHECK_FALSE(refused("", content, "authority.pem").empty());
  CHECK_FALSE(refused(content, content, "authority.pem").empty());
  CHECK_FALSE(refused(token + "x", content, "authority.pem").empty());
  CHECK_FALSE(refused(token.substr(0, token.size() - 1), content, "authority.pem").empty());
}

TEST_CASE("a token with a byte changed is refused, or says the same by the same authority") {
  const std::string content = file("checkpoint.txt");
  const std::string token = file("token.der");
  const Instant at = take(read_timestamp(as_bytes(token), content)).at;
  int taken = 0;
  for (std::size_t i = 0; i < token.size(); i += 3) {
    std::string changed = token;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    const auto found = verify_timestamp(as_bytes(changed), content, path_of("authority.pem"));
    // Some bytes of CMS are not signed: attributes' tags, say. What is stamped and when are.
    if (!found.ok()) continue;
    CHECK(found->at == at);
    ++taken;
  }
  CHECK(taken < 20);
}

TEST_CASE("requests carry the hash, ask for the certificate, and differ") {
  SystemRandom random;
  const TimestampRequest one = make_timestamp_request("content", random);
  const TimestampRequest two = make_timestamp_request("content", random);
  CHECK(one.hash == sha256(as_bytes("content")));
  CHECK(one.hash == two.hash);
  CHECK(one.der != two.der);
  CHECK(to_hex(one.der).find(to_hex(one.hash)) != std::string::npos);
  CHECK(to_hex(one.der).ends_with("0101ff"));  // certReq TRUE
  for (const std::string_view answer : {"", "garbage", "0\3\2\1\1"}) {
    const auto opened = open_timestamp_response(as_bytes(answer), one, path_of("authority.pem"));
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().kind == ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace jawort
