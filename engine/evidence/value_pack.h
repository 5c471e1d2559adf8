// The personal values of one event in the bytes in which they are kept, specified in FORMAT.md.
// They lie outside the log: taking one out leaves the leaf and its commitment as they are.
#pragma once

#include <string>
#include <vector>

#include "engine/evidence/leaf.h"

namespace jawort {

struct SaltedValue {
  std::string name;  // as Fact::name
  Salt salt{};
  std::string value;  // bytes
};

// REQUIRES: names of 1 to 128 bytes
Bytes pack_values(const std::vector<SaltedValue>& values);
// In the order in which they were packed. kInvalid: these are not such bytes.
Result<std::vector<SaltedValue>> unpack_values(ByteView bytes);

}  // namespace jawort
