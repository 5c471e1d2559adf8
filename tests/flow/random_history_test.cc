// Random lives of a few people: whatever happens in whatever order, a consent's row equals the fold
// of its events, values open their commitments, and no mail goes where it may not.
#include "tests/flow/random_life.h"

using namespace jawort;
using jawort::testing::RandomLife;

TEST_CASE("random lives keep every invariant") {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    INFO("seed " << seed);
    RandomLife(seed).run(120);
  }
}

TEST_CASE("many random lives keep every invariant", "[long]") {
  for (std::uint64_t seed = 100; seed < 500; ++seed) {
    INFO("seed " << seed);
    RandomLife(seed).run(250);
  }
}
