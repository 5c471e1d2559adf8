#include <random>

#include "engine/evidence/value_pack.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

bool same(const std::vector<SaltedValue>& a, const std::vector<SaltedValue>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.salt == y.salt && x.value == y.value;
  });
}

const std::vector<SaltedValue> kValues = {{"email", {1}, "anna@example.org"},
                                          {"field:note", {2}, std::string(70000, '\0')},
                                          {"previous:a:b", {3}, std::string(254, 'x')},
                                          {"something", {4}, ""}};

}  // namespace

TEST_CASE("values come back as they were packed") {
  const Bytes packed = pack_values(kValues);
  const auto back = unpack_values(packed);
  REQUIRE(back);
  CHECK(same(*back, kValues));
  CHECK(unpack_values({})->empty());
  CHECK(pack_values({}).empty());
}

TEST_CASE("packed values that were cut are refused, or are fewer") {
  const std::vector<SaltedValue> values = {kValues[0], kValues[3]};
  const Bytes packed = pack_values(values);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    const auto back = unpack_values(ByteView(packed).first(size));
    CHECK((!back || back->size() == 1));
  }
}

TEST_CASE("no bytes are too strange to be refused") {
  std::mt19937_64 dice(7);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(dice() % 120);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(dice() % 5 == 0 ? dice() : dice() % 48);
    const auto values = unpack_values(bytes);
    if (values) CHECK(same(*unpack_values(pack_values(*values)), *values));
  }
}

}  // namespace jawort
