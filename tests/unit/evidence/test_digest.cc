#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/evidence/digest.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

TEST_CASE("SHA-256: the examples for FIPS 180-4") {
  CHECK(to_hex(sha256(as_bytes(""))) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(as_bytes(std::string(1000000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of parts is that of the whole, wherever it is cut") {
  const std::string text(200, 'x');
  const Hash256 whole = sha256(as_bytes(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const ByteView bytes = as_bytes(text);
    REQUIRE(sha256({bytes.first(cut), bytes.subspan(cut)}) == whole);
    REQUIRE(sha256({{}, bytes.first(cut), {}, bytes.subspan(cut), {}}) == whole);
  }
  CHECK(sha256(std::initializer_list<ByteView>{}) == sha256(as_bytes("")));
}

struct MacVector {
  std::string key, message, mac;  // hexadecimal; a prefix of the MAC for the truncated case
};

TEST_CASE("HMAC-SHA256: RFC 4231 section 4, cases 1 to 7") {
  const auto hex = [](std::string_view text) { return to_hex(as_bytes(text)); };
  const std::string long_key = to_hex(Bytes(131, 0xaa));
  const MacVector vectors[] = {
      {to_hex(Bytes(20, 0x0b)), hex("Hi There"),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {hex("Jefe"), hex("what do ya want for nothing?"),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {to_hex(Bytes(20, 0xaa)), to_hex(Bytes(50, 0xdd)),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"0102030405060708090a0b0c0d0e0f10111213141516171819", to_hex(Bytes(50, 0xcd)),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {to_hex(Bytes(20, 0x0c)), hex("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"},
      {long_key, hex("Test Using Larger Than Block-Size Key - Hash Key First"),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {long_key,
       hex("This is a test using a larger than block-size key and a larger than block-size data. "
           "The key needs to be hashed before being used by the HMAC algorithm."),
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
  for (const MacVector& vector : vectors) {
    const Hash256 mac = hmac_sha256(*from_hex(vector.key), *from_hex(vector.message));
    CHECK(to_hex(mac).substr(0, vector.mac.size()) == vector.mac);
  }
}

TEST_CASE("HMAC-SHA256: an empty key is a key, and not the one of last time") {
  const Hash256 other = hmac_sha256(as_bytes("key"), as_bytes("message"));
  const std::string expected = "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4";
  CHECK(to_hex(hmac_sha256({}, as_bytes("message"))) == expected);
  CHECK(to_hex(hmac_sha256(as_bytes(""), as_bytes("message"))) == expected);
  CHECK(hmac_sha256(as_bytes("key"), as_bytes("message")) == other);
  CHECK(to_hex(hmac_sha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("threads do not disturb each other's digests") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong, t] {
      const std::string text(static_cast<std::size_t>(t) * 37 + 1, static_cast<char>('a' + t));
      const Hash256 hash = sha256(as_bytes(text));
      const Hash256 mac = hmac_sha256(as_bytes(text), as_bytes(text));
      for (int i = 0; i < 2000; ++i) {
        if (sha256(as_bytes(text)) != hash) ++wrong;
        if (hmac_sha256(as_bytes(text), as_bytes(text)) != mac) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("versions as text") {
  const Hash256 hash = sha256(as_bytes("abc"));
  const std::string text = version_text(hash);
  CHECK(text == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(parse_version_text(text) == hash);
  CHECK_FALSE(parse_version_text(""));
  CHECK_FALSE(parse_version_text("sha256:"));
  CHECK_FALSE(parse_version_text(text.substr(7)));
  CHECK_FALSE(parse_version_text(text + "00"));
  CHECK_FALSE(parse_version_text(text.substr(0, 69)));
  CHECK_FALSE(parse_version_text("SHA256" + text.substr(6)));
  CHECK_FALSE(parse_version_text(text.substr(0, 70) + "D"));
  CHECK_FALSE(parse_version_text(" " + text));
}

}  // namespace
}  // namespace jawort
