// Whether the key of addresses is the one under which the database was written. All that outlives a
// contact (suppressions, denials, kept proofs, the journal of opt-outs) is found by keyed hashes;
// under another key it is there and is not found.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace jawort {

// A row of table `progress`: the hash of a fixed text under the key.
inline constexpr std::string_view kAddressKeyMark = "address_key";

// kConfiguration, with what to do: the database, or where it has no mark yet the journal beside it,
// was written under another key. Ok where there is no database yet, or one without any mark. Beside
// a running server, too.
Status check_address_key(const std::string& database, const Secret& address);

}  // namespace jawort
