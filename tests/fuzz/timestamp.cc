// Input: a token, or an answer of a time-stamp authority.
#include "engine/evidence/timestamp.h"

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

constexpr char kNoAuthority[] = "/dev/null";

void timestamp(std::string_view bytes) {
  (void)read_timestamp(as_bytes(bytes), "content");
  promise(!verify_timestamp(as_bytes(bytes), "content", kNoAuthority).ok(), "nobody is trusted");
  SystemRandom random;
  const TimestampRequest request = make_timestamp_request("content", random);
  promise(!open_timestamp_response(as_bytes(bytes), request, kNoAuthority).ok(),
          "an answer is to this request");
}

const Registration registered("timestamp", timestamp);

}  // namespace
}  // namespace jawort::fuzz
