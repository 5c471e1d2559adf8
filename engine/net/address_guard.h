// Where requests may lead that go to addresses somebody has entered: to the internet, not into the
// house (server-side request forgery). Judged are numbers, not names: a name is judged by each
// address it leads to, at the moment of connecting (guarded_sockets.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/net/ip_address.h"

namespace jawort {

// Whether the address is one of the public internet: none of the special-purpose registries of RFC
// 6890 (loopback, private, link-local, shared, documentation, benchmarking, multicast, reserved,
// unspecified, broadcast), nor one that holds such an address of IPv4 in another form
// (IPv4-mapped, NAT64). 6to4, Teredo, IPv4-compatible and local NAT64 forms are never public.
bool is_public(const IpAddress& address);

class AddressGuard {
 public:
  AddressGuard() = default;  // the public internet alone
  // What an operator lets through beside it: `allowed`, by the number that is connected to.
  explicit AddressGuard(std::vector<IpNetwork> allowed) : allowed_(std::move(allowed)) {}

  bool lets_through(const IpAddress& address) const;

  // Why this URL is not to be tried at all; empty when it may. Looks nothing up: a name passes
  // unless it is one of this machine, and its addresses are judged when it is used. A host that
  // some program could read as a number (octal, hexadecimal, with parts left out) passes only as
  // four decimal parts, since programs differ on the others. Plain http passes only to this
  // machine, where the operator lets that through.
  std::string target_problem(std::string_view url) const;

 private:
  bool lets_some_loopback_through() const;

  std::vector<IpNetwork> allowed_;
};

}  // namespace jawort
