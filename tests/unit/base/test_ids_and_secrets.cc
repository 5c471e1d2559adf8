#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/random.h"
#include "engine/base/secret.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

class SetClock final : public Clock {
 public:
  Instant now() const override { return at; }
  milliseconds monotonic() const override { return at.time_since_epoch(); }
  Instant at;
};

TEST_CASE("the text of an id comes back, and has one spelling") {
  CHECK(id_text(0) == "0000000000000000");
  CHECK(id_text(INT64_MAX) == "7fffffffffffffff");
  for (const std::int64_t id :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{1795425302114} << 20, INT64_MAX}) {
    CHECK(parse_id_text(id_text(id)) == id);
  }
  for (const char* bad : {"", "0", "00000000000000000", "8000000000000000", "000000000000000A",
                          "000000000000000g", "0x00000000000000", " 000000000000000"}) {
    CHECK_FALSE(parse_id_text(bad));
  }
}

TEST_CASE("ids rise, whatever the clock does, also over a restart") {
  SetClock clock;
  clock.at = from_millis(1795425302114);
  IdSource ids(clock, 0);
  const auto first = ids.next<MailId>();
  CHECK(first.value == std::int64_t{1795425302114} << 20);
  CHECK(ids.next<MailId>().value == first.value + 1);
  clock.at = from_millis(5);  // set back
  CHECK(ids.next<MailId>().value == first.value + 2);
  clock.at = from_millis(1795425302115);
  CHECK(ids.next<MailId>().value == std::int64_t{1795425302115} << 20);

  clock.at = from_millis(0);
  IdSource restarted(clock, first.value);
  CHECK(restarted.next<ContactId>().value == first.value + 1);
}

TEST_CASE("threads never get the same id") {
  const SetClock clock;
  IdSource ids(clock, 0);
  std::vector<std::vector<std::int64_t>> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) mine.push_back(ids.next<MailId>().value);
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::int64_t> all;
  for (const auto& mine : got) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == 20000);
}

TEST_CASE("random bytes differ between calls and threads, and below() stays below") {
  SystemRandom random;
  std::set<std::array<std::uint8_t, 16>> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.bytes<16>());
  std::array<std::uint8_t, 16> other{};
  std::thread([&] { other = random.bytes<16>(); }).join();
  seen.insert(other);
  CHECK(seen.size() == 1001);

  int counts[3] = {};
  for (int i = 0; i < 3000; ++i) ++counts[random.below(3)];
  for (const int count : counts) CHECK(count > 800);  // 1,000 ± 7.7 standard deviations
  CHECK(random.below(1) == 0);
}

TEST_CASE("a request larger than the pool is filled to its end") {
  SystemRandom random;
  std::vector<std::uint8_t> large(5000);
  random.fill(large);
  CHECK(std::count(large.begin(), large.end(), 0) < 200);
  CHECK(std::count(large.end() - 500, large.end(), 0) < 50);
}

TEST_CASE("a secret moves and leaves nothing behind") {
  Secret a("key");
  Secret b(std::move(a));
  CHECK(a.empty());  // NOLINT: that is the promise
  CHECK(b.reveal_text() == "key");
  const Secret copy = b.duplicate();
  b = Secret("other");
  CHECK(b.reveal_text() == "other");
  CHECK(copy.reveal_text() == "key");
}

TEST_CASE("comparing in constant time is comparing") {
  CHECK(equal_in_constant_time({}, {}));
  CHECK(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
  CHECK_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
  CHECK_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("xbc")));
  CHECK_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abcd")));
}

}  // namespace
}  // namespace jawort
