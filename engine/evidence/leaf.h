// The canonical bytes of one event, specified in FORMAT.md next to this file. A leaf holds no
// personal data: facts stand in clear, each personal value stands as a salted commitment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace jawort {

using Salt = std::array<std::uint8_t, 32>;

struct Fact {
  std::string name;   // [a-z0-9_:.-], 1 to 128 bytes
  std::string value;  // UTF-8, at most 65,535 bytes
  bool operator==(const Fact&) const = default;
};

struct Commitment {
  std::string name;  // as Fact::name; unique within the leaf
  Hash256 hash{};
  bool operator==(const Commitment&) const = default;
};

struct Leaf {
  std::uint64_t sequence = 0;           // position in the log, from 1, without gaps
  Instant at;                           // of the years 1970 to 9999
  std::string type;                     // "form_submitted", as Fact::name
  std::vector<Fact> facts;              // sorted by name, names unique
  std::vector<Commitment> commitments;  // sorted by name, names unique
  bool operator==(const Leaf&) const = default;

  // The value of a fact; empty when there is none.
  std::string_view fact(std::string_view name) const;
};

// kInvalid when a name, number or value is out of range, or names are not sorted or not unique.
Result<Bytes> encode_leaf(const Leaf& leaf);
// Accepts what encode_leaf writes, decode(encode(x)) == x and encode(decode(y)) == y, and leaves of
// the first version of the format, whose hash stays that of their own bytes.
Result<Leaf> decode_leaf(ByteView bytes);

// RFC 9162 §2.1.1: SHA-256(0x00 || leaf).
Hash256 leaf_hash(ByteView leaf_bytes);

// Binds name and value under a random salt; see FORMAT.md for the bytes.
Hash256 commit(const Salt& salt, std::string_view name, ByteView value);

}  // namespace jawort
