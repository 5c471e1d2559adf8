// TXT records of names (RFC 1035 §3.3.14), for `jawort check`. The vendor's header (c-ares) stays
// in the .cc file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace jawort {

struct TxtAnswer {
  enum class Outcome : std::uint8_t {
    kRecords,
    kNothing,      // the name, or such a record of it, does not exist
    kUnreachable,  // no word, or a word that says nothing: a server failure, a refusal
  };
  Outcome outcome = Outcome::kUnreachable;
  std::vector<std::string> records;  // the strings of each joined; at most 64
};

class Dns {
 public:
  virtual ~Dns() = default;
  // One answer per name, in their order; all are asked at once. Blocks until the last one is in or
  // the deadline is over; what is missing then is kUnreachable. One thread at a time.
  virtual std::vector<TxtAnswer> txt(const std::vector<std::string>& names) = 0;
};

// `server`: "address" or "address:port" ("[::1]:5353"); empty: those of /etc/resolv.conf. `within`:
// for each call of txt(). `clock` outlives it. kInvalid: `server` is not such an address.
Result<std::unique_ptr<Dns>> make_dns(const Clock& clock, milliseconds within,
                                      const std::string& server);

}  // namespace jawort
