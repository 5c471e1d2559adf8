// The fuzz targets without libFuzzer: the corpus as it is, and mutations of it that are the same on
// every machine. What a fuzzer has found once stands in the corpus and is found here for ever.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "engine/base/bytes.h"
#include "tests/fuzz/target.h"
#include "tests/support/catch.h"

namespace jawort::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> corpus_of(std::string_view target) {
  const fs::path folder = fs::path(JAWORT_SOURCE_FOLDER) / "tests/fuzz/corpus" / target;
  std::vector<fs::path> paths;
  for (const auto& file : fs::directory_iterator(folder)) paths.push_back(file.path());
  std::ranges::sort(paths);
  std::vector<std::string> inputs;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// What is wrong with this input; empty: nothing.
std::string fault_of(Target target, const std::string& input) {
  try {
    target(input);
    return {};
  } catch (const std::exception& broken) {
    return broken.what();
  }
}

class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed)
      : corpus_(std::move(corpus)), dice_(seed) {}

  std::string next() {
    std::string input = any();
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input);
    return input;
  }

 private:
  // Characters that mean something to one parser or another.
  static constexpr char kTelling[] = "\0\r\n\t \"'\\%&;:,=+<>@./[]{}#?-_~\x7f\x80\xc3\xff";

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(dice_() % limit); }
  char telling() { return kTelling[below(sizeof kTelling - 1)]; }
  const std::string& any() { return corpus_[below(corpus_.size())]; }

  void change(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(input.size() - at, 16) + 1);
    switch (below(6)) {
      case 0:
        input.insert(at, 1, telling());
        break;
      case 1:
        if (at < input.size()) input[at] = telling();
        break;
      case 2:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 3:
        input.erase(at, length);
        break;
      case 4: {
        const std::string piece = input.substr(at, length);
        for (std::size_t times = below(40); times > 0; --times) input.insert(at, piece);
        break;
      }
      default: {
        const std::string& other = any();
        input = input.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  std::vector<std::string> corpus_;
  std::mt19937_64 dice_;
};

void mutate(int rounds) {
  for (const auto& [name, target] : targets()) {
    Mutator mutator(corpus_of(name), 20261125);
    for (int round = 0; round < rounds; ++round) {
      const std::string input = mutator.next();
      const std::string fault = fault_of(target, input);
      if (fault.empty()) continue;
      UNSCOPED_INFO(name << ", the input in hexadecimal: " << to_hex(as_bytes(input)));
      FAIL_CHECK(fault);
      break;
    }
  }
}

TEST_CASE("there are as many targets as folders of a corpus") {
  std::size_t folders = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(JAWORT_SOURCE_FOLDER) / "tests/fuzz/corpus")) {
    CHECK(targets().contains(entry.path().filename().string()));
    ++folders;
  }
  CHECK(folders == targets().size());
}

TEST_CASE("every input of the corpus keeps the promises") {
  for (const auto& [name, target] : targets()) {
    const auto inputs = corpus_of(name);
    CHECK(inputs.size() >= 2);
    for (const std::string& input : inputs) {
      UNSCOPED_INFO(name << ": " << input.substr(0, 200));
      const std::string fault = fault_of(target, input);
      CHECK(fault == "");
    }
    CHECK(fault_of(target, "") == "");
  }
}

TEST_CASE("a broken promise is seen") {
  const Target broken = [](std::string_view input) {
    promise(input.find("\r\n") == input.npos, "one line");
  };
  CHECK(fault_of(broken, "a\r\nb") == "one line");
  CHECK(fault_of(broken, "a").empty());
}

TEST_CASE("mutations of the corpus keep the promises") { mutate(15'000); }

TEST_CASE("many mutations of the corpus keep the promises", "[long]") { mutate(400'000); }

}  // namespace
}  // namespace jawort::fuzz
