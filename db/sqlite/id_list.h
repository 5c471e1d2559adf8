// A short list of ids in one column: eight bytes each, most significant first, in the given order.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/evidence/bytes_io.h"

namespace jawort {

template <typename IdType>
Bytes pack_ids(const std::vector<IdType>& ids) {
  ByteWriter out(ids.size() * 8);
  for (const IdType id : ids) out.number(static_cast<std::uint64_t>(id.value), 8);
  return out.take();
}

// Bytes behind the last whole id are not read.
template <typename IdType>
std::vector<IdType> unpack_ids(ByteView bytes) {
  std::vector<IdType> ids;
  for (ByteReader in(bytes.first(bytes.size() / 8 * 8)); !in.at_end();) {
    ids.push_back(IdType{static_cast<std::int64_t>(in.number(8))});
  }
  return ids;
}

}  // namespace jawort
