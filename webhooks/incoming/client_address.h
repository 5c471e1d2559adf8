// Whose request it is, when proxies stand in between. X-Forwarded-For is what anybody may write: it
// counts only as far as proxies that the operator trusts have written it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/net/ip_address.h"

namespace jawort {

// Reads `forwarded_for` (all X-Forwarded-For headers joined by commas) from the right, while the
// hop before was written by a trusted proxy. The first untrusted address is the client; an entry
// that is no address ends the reading at the hop before it. Ports and brackets are let pass.
// Empty when `peer` itself is not an address.
std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<IpNetwork>& trusted);

// What limits count by: an IPv4 address, or the /64 of an IPv6 address. Empty when `ip` is none.
std::string client_network(std::string_view ip);

}  // namespace jawort
