// What is known of the HTTP request behind a step, as evidence (PRODUCT §6.2 no. 11 and 12).
#pragma once

#include <string>
#include <string_view>

#include "engine/flow/context.h"

namespace jawort {

struct Visit {
  std::string ip;          // of the client, as text; already chosen by the trusted-proxy rule
  std::string user_agent;  // as sent, may be empty, at most 512 bytes
};

// "203.0.113.77" → "203.0.113.0", IPv6 → its /48, by policy; empty for kNone or no IP.
std::string ip_by_policy(std::string_view ip, IpPolicy policy);

// A kind of client, told by its User-Agent: "scanner" for the known ones (list in
// engine/flow/scanners.txt), "browser", or "other". Not proof, only a hint kept with an opening.
std::string_view client_kind(std::string_view user_agent);

}  // namespace jawort
