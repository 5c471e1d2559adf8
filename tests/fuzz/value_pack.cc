#include "engine/evidence/value_pack.h"

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void value_pack(std::string_view bytes) {
  const auto values = unpack_values(as_bytes(bytes));
  if (!values.ok()) return;
  const auto packed = unpack_values(pack_values(*values));
  promise(packed.ok() && packed->size() == values->size(), "packed again, unpacked the same");
  for (std::size_t i = 0; i < values->size(); ++i) {
    promise((*packed)[i].name == (*values)[i].name && (*packed)[i].salt == (*values)[i].salt &&
                (*packed)[i].value == (*values)[i].value,
            "no value changes");
    promise(!(*values)[i].name.empty(), "every value has a name");
  }
}

const Registration registered("value_pack", value_pack);

}  // namespace
}  // namespace jawort::fuzz
