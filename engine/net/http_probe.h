// One GET to see whether an address answers, for `jawort check`.
#pragma once

#include <string>

namespace jawort {

struct HttpProbe {
  int status = 0;                // 0: no answer
  std::string body;              // at most 1 MiB
  std::string problem;           // why there is no answer
  bool bad_certificate = false;  // TLS was there, and is not to be trusted
};

// Follows no redirect, verifies TLS. `ca_file`: empty for the system's certificates. Gives up after
// `seconds` in all. `url`: http or https.
HttpProbe probe_http(const std::string& url, const std::string& ca_file, long seconds);

}  // namespace jawort
