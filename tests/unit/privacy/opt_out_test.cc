#include "engine/privacy/opt_out.h"

#include <algorithm>

#include "engine/base/text.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

constexpr std::int64_t kMark = 0x4c1b2f0e99a31d57;

OptOut sample(std::int64_t number, OptOutKind kind) {
  return {number,       *parse_rfc3339("2026-11-25T09:15:02.114Z"),     kind,
          -number,  // keys are hashes: any 64 bits
          "newsletter", kind == OptOutKind::kRevoked ? "one_click" : ""};
}

TEST_CASE("a journal of opt-outs reads back as it was written") {
  std::string text = opt_out_heading(kMark);
  std::vector<OptOut> all;
  for (const auto kind : {OptOutKind::kRevoked, OptOutKind::kDenied, OptOutKind::kSuppressed}) {
    all.push_back(sample(static_cast<std::int64_t>(all.size()) * 7 + 1, kind));
    text += opt_out_line(all.back());
  }
  CHECK(text ==
        "jawort opt-outs 1 4c1b2f0e99a31d57\n"
        "1 2026-11-25T09:15:02.114Z revoked ffffffffffffffff newsletter one_click\n"
        "8 2026-11-25T09:15:02.114Z denied fffffffffffffff8 newsletter -\n"
        "15 2026-11-25T09:15:02.114Z suppressed fffffffffffffff1 newsletter -\n");
  const auto read = parse_opt_outs(text, kMark);
  REQUIRE(read.ok());
  CHECK(*read == all);
  // Cut anywhere: what is whole is read, the rest is left out.
  for (std::size_t size = text.find('\n') + 1; size < text.size(); ++size) {
    const auto cut = parse_opt_outs(text.substr(0, size), kMark);
    REQUIRE(cut.ok());
    CHECK(cut->size() ==
          static_cast<std::size_t>(
              std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n')) -
              1);
  }
}

TEST_CASE("a journal of another key is refused, and what cannot be read is named") {
  const std::string heading = opt_out_heading(kMark);
  CHECK(parse_opt_outs(heading, kMark + 1).error().kind == ErrorKind::kRefused);
  for (const char* const other : {"", "hello\n", "jawort opt-outs 2 4c1b2f0e99a31d57\n",
                                  "jawort opt-outs 1 4c1b\n", "jawort opt-outs 1 "}) {
    CHECK(parse_opt_outs(other, kMark).error().kind == ErrorKind::kInvalid);
  }
  for (const char* const line : {"", "1", "0 2026-11-25T09:15:02.114Z revoked 000000000000000a a -",
                                 "x 2026-11-25T09:15:02.114Z revoked 000000000000000a a -",
                                 "1 yesterday revoked 000000000000000a a -",
                                 "1 2026-11-25T09:15:02.114Z vanished 000000000000000a a -",
                                 "1 2026-11-25T09:15:02.114Z revoked 0a a -",
                                 "1 2026-11-25T09:15:02.114Z revoked 000000000000000a  -",
                                 "1 2026-11-25T09:15:02.114Z revoked 000000000000000a a",
                                 "1 2026-11-25T09:15:02.114Z revoked 000000000000000a a - b"}) {
    CAPTURE(line);
    const auto read = parse_opt_outs(heading + line + "\n", kMark);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().message == "line 2 cannot be read");
  }
}

}  // namespace
}  // namespace jawort
