// Time-ordered identifiers: 43 bits of milliseconds since 1970, then 20 bits of counter. They fit a
// signed 64-bit integer (the row id of a table), so a new row always lands at the right edge of its
// index, and they never go backwards within a process, whatever the clock does.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace jawort {

// One type per table, so that two ids cannot be swapped in a call. 0 means "none".
template <typename Tag>
struct Id {
  std::int64_t value = 0;
  bool operator==(const Id&) const = default;
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
};

using ContactId = Id<struct ContactTag>;
using ConsentId = Id<struct ConsentTag>;
using MailId = Id<struct MailTag>;
using InboxId = Id<struct InboxTag>;

// As 16 lower-case hexadecimal digits; nothing for any other spelling.
std::string id_text(std::int64_t id);
std::optional<std::int64_t> parse_id_text(std::string_view text);

// Thread-safe, lock-free.
class IdSource {
 public:
  // `last` is the highest id already given out (0 for a new database): after a restart with a
  // clock that was set back, ids still go on upwards.
  IdSource(const Clock& clock, std::int64_t last) : clock_(clock), last_(last) {}

  template <typename IdType>
  IdType next() {
    return IdType{next_value()};
  }

 private:
  std::int64_t next_value();

  const Clock& clock_;
  std::atomic<std::int64_t> last_;
};

}  // namespace jawort
