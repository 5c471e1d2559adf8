// One program per target: libFuzzer brings main(). An exception that leaves here ends the program,
// which is how libFuzzer learns of it.
#include "tests/fuzz/target.h"

// The name and signature are libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto& [name, target] : jawort::fuzz::targets()) {
    target({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
