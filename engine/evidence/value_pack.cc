#include "engine/evidence/value_pack.h"

#include <algorithm>

#include "engine/evidence/name_code.h"

namespace jawort {
namespace {

constexpr std::uint64_t kLongLength = 255;  // four bytes of length follow
constexpr std::size_t kUsual = 8;           // values of an event

}  // namespace

Bytes pack_values(const std::vector<SaltedValue>& values) {
  std::size_t expected = 0;
  for (const SaltedValue& value : values) expected += value.name.size() + value.value.size() + 40;
  ByteWriter out(expected);
  for (const SaltedValue& value : values) {
    write_name(out, value.name);
    out.bytes(value.salt);
    if (value.value.size() < kLongLength) {
      out.text(value.value, 1);
    } else {
      out.number(kLongLength, 1);
      out.text(value.value, 4);
    }
  }
  return out.take();
}

Result<std::vector<SaltedValue>> unpack_values(ByteView bytes) {
  ByteReader in(bytes);
  std::vector<SaltedValue> values;
  if (!bytes.empty()) values.reserve(kUsual);
  while (!in.at_end()) {
    SaltedValue& value = values.emplace_back();
    value.name = read_name(in, false);
    const ByteView salt = in.bytes(value.salt.size());
    std::copy(salt.begin(), salt.end(), value.salt.begin());
    std::uint64_t length = in.number(1);
    if (length == kLongLength) length = in.number(4);
    value.value = as_text(in.bytes(length));
    if (value.name.empty()) return invalid("a value of an event has no name");
  }
  if (!in.ok()) return invalid("the values of an event cannot be read");
  return values;
}

}  // namespace jawort
