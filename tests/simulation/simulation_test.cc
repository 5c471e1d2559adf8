// JAWORT_SEED=N replays one life and prints all of it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "tests/simulation/life.h"
#include "tests/support/catch.h"

namespace jawort::simulation {
namespace {

// In memory where the system has such a folder: thousands of lives flush to no disk.
std::filesystem::path folder() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

std::optional<std::uint64_t> asked_seed() {
  const char* text = std::getenv("JAWORT_SEED");
  return text == nullptr ? std::nullopt : std::optional(std::strtoull(text, nullptr, 10));
}

std::string last_lines(const Journal& journal, std::size_t count) {
  std::string text;
  const auto& lines = journal.lines();
  for (std::size_t i = lines.size() - std::min(count, lines.size()); i < lines.size(); ++i) {
    text += lines[i] + "\n";
  }
  return text;
}

int steps_of(std::uint64_t seed) { return 50 + static_cast<int>(seed % 4) * 50; }

void live(std::uint64_t seed) {
  INFO("replay with JAWORT_SEED=" << seed);
  Life life(seed, folder());
  life.run(steps_of(seed));
  if (asked_seed()) std::cout << last_lines(life.journal(), life.journal().lines().size());
  if (life.journal().faults().empty()) return;
  UNSCOPED_INFO("the end of this life:\n" << last_lines(life.journal(), 40));
  FAIL_CHECK(life.journal().faults().front());
}

// In one of these lives the simulation sees that something is wrong, and says what.
std::string first_fault(const Flaw& flaw) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Life life(seed, folder(), flaw);
    life.run(steps_of(seed));
    if (!life.journal().faults().empty()) return life.journal().faults().front();
  }
  return {};
}

TEST_CASE("lives keep every promise") {
  if (const auto seed = asked_seed()) return live(*seed);
  for (std::uint64_t seed = 1; seed <= 250; ++seed) live(seed);
}

TEST_CASE("thousands of lives keep every promise", "[long]") {
  if (asked_seed()) return;
  for (std::uint64_t seed = 1'000; seed < 6'000; ++seed) live(seed);
}

TEST_CASE("one seed is one life") {
  const auto lines = [] {
    Life life(7, folder());
    life.run(80);
    return life.journal().lines();
  };
  CHECK(lines() == lines());
}

TEST_CASE("what is broken is seen") {
  CHECK(first_fault({.transport = Defect::kIgnoresTheGate}) != "");
  CHECK(first_fault({.transport = Defect::kSendsTwice}).ends_with("twice unexplained"));
  CHECK(first_fault({.transport = Defect::kCountsWhenDown}) != "");
  CHECK(first_fault({.scanners_press = true}).starts_with("what is confirmed was pressed"));
  CHECK(first_fault({.forgets_an_answer = true}) == "no post that was answered is lost");
}

}  // namespace
}  // namespace jawort::simulation
