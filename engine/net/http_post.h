// One POST to an address that the operator has set, off every request's path.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace jawort {

struct HttpPostAnswer {
  int status = 0;       // 0: no whole answer
  std::string body;     // at most 1 MiB
  std::string problem;  // why there is no answer
};

// Follows no redirect; verifies TLS against the system's certificates. Gives up after `patience` in
// all, and within about a second of `cancelled` saying so. `url`: http or https. Blocks.
HttpPostAnswer post_http(const std::string& url, std::string_view content_type,
                         std::string_view body, milliseconds patience,
                         const std::function<bool()>& cancelled);

}  // namespace jawort
