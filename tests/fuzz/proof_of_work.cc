// Input: how a solution differs from the right one: which part, and a text in its place.
#include "engine/evidence/proof_of_work.h"

#include "tests/fuzz/target.h"
#include "tests/support/fakes.h"

namespace jawort::fuzz {
namespace {

struct Solved {
  Keys keys;
  Solution right;
  Instant expires_at = Instant(std::chrono::seconds(1'796'030'103));

  Solved() {
    keys.token.emplace(std::uint8_t{1}, Secret(Bytes(32, 1)));
    testing::SeededRandom random(1);
    right.challenge = make_challenge(keys, random, "newsletter", expires_at);
    while (check_solution(keys, right, "newsletter") != expires_at) {
      promise(++right.number <= kHardestNumber, "every challenge can be solved");
    }
  }
};

// One character exchanged, moved from one part to the next, or all of it.
void change(std::string& text, Input& input) {
  const std::size_t at = input.below(text.size() + 1);
  switch (input.below(3)) {
    case 0:
      text.insert(at, std::string(input.line()));
      break;
    case 1:
      text.erase(at, 1);
      break;
    default:
      text = input.line();
  }
}

void proof_of_work(std::string_view bytes) {
  static const Solved solved;
  Input input(bytes);
  Solution solution = solved.right;
  Challenge& challenge = solution.challenge;
  switch (input.below(5)) {
    case 0:
      change(challenge.salt, input);
      break;
    case 1:
      change(challenge.challenge, input);
      break;
    case 2:
      change(challenge.signature, input);
      break;
    case 3:
      for (int i = 0; i < 8; ++i) solution.number = solution.number << 8U | input.byte();
      break;
    default:  // digits of the number as an end of the salt
      challenge.salt += std::to_string(solution.number / 10);
      solution.number %= 10;
  }
  const auto expires_at = check_solution(solved.keys, solution, "newsletter");
  const bool same = challenge.salt == solved.right.challenge.salt &&
                    challenge.challenge == solved.right.challenge.challenge &&
                    challenge.signature == solved.right.challenge.signature &&
                    solution.number == solved.right.number;
  promise(expires_at.has_value() == same, "nothing but the solution is one");
  promise(!check_solution(solved.keys, solution, "contact"), "and only for its form");
}

const Registration registered("proof_of_work", proof_of_work);

}  // namespace
}  // namespace jawort::fuzz
