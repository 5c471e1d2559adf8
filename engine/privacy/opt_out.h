// What must be known of people although an older backup was restored, as lines of a journal that
// lies beside the database and in none of its backups. No address is in it: keyed hashes only.
//
//   jawort opt-outs 1 4c1b2f0e99a31d57
//   17 2026-11-25T09:15:02.114Z revoked 9f86d081884c7d65 newsletter one_click
//   18 2026-12-25T10:00:00.000Z denied 1b4f0e9851971998 open -
//   19 2026-11-25T10:02:11.900Z suppressed 60303ae22b998861 hard_bounce -
//   20 2026-11-30T12:00:03.511Z erased 60303ae22b998861 request with_proof
//
// The number in the heading tells the address key under which the hashes were made. A line is a
// number, growing but with gaps; a time (RFC 3339; of a denial: until when); kind; keyed hash of
// the address; purpose, form, reason or ground; and by what it was revoked, or that the proof went
// with the person. Later kinds are added, none changes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace jawort {

enum class OptOutKind : std::uint8_t { kRevoked, kDenied, kSuppressed, kErased };
inline constexpr std::string_view kWithProof = "with_proof";  // detail of kErased
std::string_view name_of(OptOutKind kind);
std::optional<OptOutKind> parse_opt_out_kind(std::string_view name);

struct OptOut {
  std::int64_t number = 0;
  Instant at;  // kDenied: until when
  OptOutKind kind = OptOutKind::kRevoked;
  std::int64_t address_key = 0;
  std::string subject;  // kRevoked: purpose; kDenied: form; kSuppressed: reason; kErased: ground
  std::string detail;   // kRevoked: by what; kErased: kWithProof or empty; else empty
  bool operator==(const OptOut&) const = default;
};

// What is hashed under the address key for the heading's number.
inline constexpr std::string_view kOptOutMark = "jawort/opt-outs/1";

// With the line's end.
std::string opt_out_heading(std::int64_t mark);
std::string opt_out_line(const OptOut& opt_out);

// The mark of a heading, without the line's end.
std::optional<std::int64_t> parse_opt_out_heading(std::string_view line);
std::optional<OptOut> parse_opt_out_line(std::string_view line);
// A whole journal; what stands behind its last line end was cut off by a crash and is left out.
// kInvalid names the line that cannot be read; kRefused: another mark.
Result<std::vector<OptOut>> parse_opt_outs(std::string_view text, std::int64_t mark);

}  // namespace jawort
