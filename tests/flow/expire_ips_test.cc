// IP addresses go after their period; the rest of the values stays, and the log says so.
#include "engine/flow/expire_ips.h"

#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::source_file;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;

namespace {

constexpr std::string_view kAnna = "anna@example.org";

int count(World& world, std::string_view name) {
  int found = 0;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    for (std::int64_t sequence = 1; sequence <= last; ++sequence) {
      for (const auto& value : take(tables.events().values(sequence))) {
        found += value.name == name ? 1 : 0;
      }
    }
    return {};
  }));
  return found;
}

Leaf newest(World& world) {
  Leaf leaf;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    leaf = take(decode_leaf(take(tables.events().find(last))->leaf));
    return {};
  }));
  return leaf;
}

}  // namespace

TEST_CASE("after 30 days the IP addresses go, and nothing else") {
  World world;
  world.sign_up_and_confirm(kAnna);
  CHECK(count(world, "ip") == 2);
  const int agents = count(world, "user_agent");
  world.clock.advance(hours(24 * 29));
  CHECK(take(expire_ips(world.context(), 100)) == 0);
  CHECK(count(world, "ip") == 2);
  world.sign_up("bernd@example.org");
  world.clock.advance(hours(26));
  CHECK(take(expire_ips(world.context(), 100)) == 3);
  CHECK(count(world, "ip") == 1);  // Bernd's
  CHECK(count(world, "user_agent") == agents + 1);
  const Leaf leaf = newest(world);
  CHECK(leaf.type == "values_erased");
  CHECK(leaf.fact("name") == "ip");
  CHECK(leaf.fact("ground") == "retention");
  CHECK(leaf.fact("count") == "2");
  CHECK(leaf.fact("until_sequence") == "3");
  CHECK(leaf.commitments.empty());
  const auto last = leaf.sequence;
  CHECK(take(expire_ips(world.context(), 100)) == 0);
  CHECK(newest(world).sequence == last);
  CHECK(world.round(kAnna)->status == ConsentStatus::kConfirmed);
  world.check_invariants();
}

TEST_CASE("a rule says how long, and a walk goes on where the last one ended") {
  World world(replace_all(source_file("tests/golden/sommer.toml"),
                          "applies_to = \"ip\"\ndelete_after = \"P30D\"",
                          "applies_to = \"ip\"\ndelete_after = \"P2D\""));
  world.sign_up_and_confirm(kAnna);
  world.clock.advance(hours(24 * 3));
  CHECK(take(expire_ips(world.context(), 2)) == 2);
  CHECK(count(world, "ip") == 1);
  CHECK(take(expire_ips(world.context(), 2)) > 0);
  CHECK(count(world, "ip") == 0);
}

TEST_CASE("an event from a clock that was ahead does not keep the others from going") {
  World world;
  world.clock.step(hours(24 * 400));
  world.sign_up(kAnna);
  world.clock.step(hours(-24 * 400));
  world.sign_up("bernd@example.org");
  world.clock.advance(hours(24 * 31));
  CHECK(take(expire_ips(world.context(), 100)) > 0);
  CHECK(count(world, "ip") == 0);
}
