#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/bytes.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

std::string decoded(const std::optional<Bytes>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : "(refused)";
}

TEST_CASE("base64 of RFC 4648 section 10, with and without padding") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    CHECK(to_base64(as_bytes(plain)) == text);
    CHECK(decoded(from_base64(text)) == plain);
    const std::string unpadded = text.substr(0, text.find('='));
    CHECK(to_base64url(as_bytes(plain)) == unpadded);
    CHECK(decoded(from_base64url(unpadded)) == plain);
  }
}

TEST_CASE("base32 of RFC 4648 section 10, in lower case and without padding") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "my"},
                                                         {"fo", "mzxq"},
                                                         {"foo", "mzxw6"},
                                                         {"foob", "mzxw6yq"},
                                                         {"fooba", "mzxw6ytb"},
                                                         {"foobar", "mzxw6ytboi"}};
  for (const auto& [plain, text] : vectors) {
    CHECK(to_base32(as_bytes(plain)) == text);
    CHECK(decoded(from_base32(text)) == plain);
  }
  // Unused bits set, digits that hold no byte, other digits, other cases.
  for (const char* text : {"mz", "m", "mzx", "mzxw6y", "my======", "MY", "m1", "m0", "my "}) {
    CAPTURE(text);
    CHECK_FALSE(from_base32(text));
  }
}

TEST_CASE("the two alphabets differ in their last two digits") {
  const Bytes bytes = {0xFB, 0xEF, 0xFF};
  CHECK(to_base64(bytes) == "++//");
  CHECK(to_base64url(bytes) == "--__");
  CHECK(from_base64("++//") == bytes);
  CHECK(from_base64url("--__") == bytes);
  CHECK_FALSE(from_base64("--__"));
  CHECK_FALSE(from_base64url("++//"));
}

TEST_CASE("base64 has one spelling per value") {
  // Unused bits set, one digit too many, padding missing, misplaced or too much, white space.
  for (const char* text :
       {"Zh==", "Zm9=", "Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zm9vZ",
        "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v====", "Zm9\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
  for (const char* text :
       {"Zh", "Zm9", "Z", "Zg==", "Zm8=", "Zm9vZ", "Zm9v ", "Zm\n9v", "Zm9\xFF"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64url(text));
  }
  // A single last digit holds no whole byte, whatever its bits.
  for (const char* text : {"A", "AAAAA", "Zm9vA"}) CHECK_FALSE(from_base64url(text));
  CHECK_FALSE(from_base64("AAA=AAA="));
  CHECK_FALSE(from_base64("A==="));
  CHECK_FALSE(from_base64url(std::string_view("Zm9\0", 4)));
}

TEST_CASE("every two-byte text either is the spelling of its value or is refused") {
  int accepted = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      if (const auto value = from_base64url(text)) {
        ++accepted;
        REQUIRE(to_base64url(*value) == text);
      }
    }
  }
  CHECK(accepted == 256);
}

TEST_CASE("hexadecimal") {
  CHECK(to_hex(Bytes{0x00, 0x0F, 0xA5, 0xFF}) == "000fa5ff");
  CHECK(from_hex("000fa5ff") == Bytes{0x00, 0x0F, 0xA5, 0xFF});
  CHECK(from_hex("") == Bytes{});
  for (const char* text : {"0", "0g", "A5", "0x", " 0", "00\n", "\xFF\xFF"})
    CHECK_FALSE(from_hex(text));
}

TEST_CASE("random bytes survive all three spellings") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    Bytes bytes(random() % 100);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    REQUIRE(from_hex(to_hex(bytes)) == bytes);
    REQUIRE(from_base64(to_base64(bytes)) == bytes);
    REQUIRE(from_base64url(to_base64url(bytes)) == bytes);
  }
}

}  // namespace
}  // namespace jawort
