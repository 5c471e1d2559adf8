#include "engine/evidence/leaf.h"

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void leaf(std::string_view bytes) {
  const auto decoded = decode_leaf(as_bytes(bytes));
  if (!decoded.ok()) return;
  const auto encoded = encode_leaf(*decoded);
  // Leaves of the first version are read, and none is written any more.
  const bool first_version = bytes.front() == 1;
  promise(encoded.ok() && (first_version || as_text(*encoded) == bytes), "a leaf has one spelling");
  const auto again = decode_leaf(*encoded);
  promise(again.ok() && *again == *decoded, "what was read can be written and read again");
  promise(decoded->sequence > 0 && !decoded->type.empty(), "a leaf has a place and a type");
  for (const Fact& fact : decoded->facts) {
    promise(decoded->fact(fact.name) == fact.value, "a fact is found by its name");
  }
  if (bytes.size() > 1) {
    promise(!decode_leaf(as_bytes(bytes.substr(0, bytes.size() - 1))).ok(), "none is cut short");
  }
  promise(!decode_leaf(as_bytes(std::string(bytes) + '\0')).ok(), "nothing follows it");
}

const Registration registered("leaf", leaf);

}  // namespace
}  // namespace jawort::fuzz
