// The signed head of the log: the body of a C2SP tlog-checkpoint, with one extension line that says
// when it was signed: "time 2026-11-30T11:46:00.123Z".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/evidence/signed_note.h"

namespace jawort {

struct Checkpoint {
  std::string origin;      // names the log; also the name of the key that signs it
  std::uint64_t size = 0;  // leaves
  Hash256 root{};
  Instant at;
  bool operator==(const Checkpoint&) const = default;
};

// The text to be signed, without the empty line. REQUIRES: valid_key_name(origin)
std::string checkpoint_text(const Checkpoint& checkpoint);
// kInvalid when it is not exactly what checkpoint_text writes; further extension lines are passed
// over.
Result<Checkpoint> parse_checkpoint(std::string_view text);
// Of a note that one of the keys has signed; errors as open_note and parse_checkpoint.
Result<Checkpoint> open_checkpoint(std::string_view note, const std::vector<VerifierKey>& known);

}  // namespace jawort
