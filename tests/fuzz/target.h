// A fuzz target is a function over any bytes that throws Broken when a promise of the parser does
// not hold. Two programs run it: libFuzzer (`./dev fuzz`), and the suite `fuzz`, which replays the
// corpus and mutations of it without clang.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jawort::fuzz {

struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void promise(bool holds, const char* what) {
  if (!holds) throw Broken(what);
}

using Target = void (*)(std::string_view input);

// All targets of this program, by name. One object of Registration per file.
inline std::map<std::string_view, Target>& targets() {
  static std::map<std::string_view, Target> all;
  return all;
}
struct Registration {
  Registration(std::string_view name, Target target) { targets().emplace(name, target); }
};

// Takes an input apart into the values a target needs. What is used up gives 0 and "".
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::size_t below(std::size_t limit) { return byte() % limit; }
  // Up to the next line feed, which is dropped: a corpus of lines stays readable.
  std::string_view line() {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(line.size() + (line.size() < rest_.size() ? 1 : 0));
    return line;
  }
  std::string_view rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace jawort::fuzz
