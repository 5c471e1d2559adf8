// Addresses and networks of IP as numbers. No names, no sockets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jawort {

// IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2), so both compare alike.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const IpAddress&) const = default;
  bool is_v4() const;
  std::string text() const;  // "203.0.113.7", RFC 5952 for IPv6
};

// An address as numeric text; a zone ("fe80::1%eth0") is dropped. Nothing for anything else.
std::optional<IpAddress> parse_ip(std::string_view text);

// An address with its prefix length, "10.0.0.0/8", "2001:db8::/32"; a plain address is one host.
struct IpNetwork {
  IpAddress address;
  int prefix = 128;  // in bits of the mapped form
  bool contains(const IpAddress& other) const;
};
// Nothing for garbage, also for host bits that are set behind the prefix.
std::optional<IpNetwork> parse_network(std::string_view text);
// Those that are networks; the configuration has been checked with the same function.
std::vector<IpNetwork> parse_networks(const std::vector<std::string>& texts);
bool lies_in(const IpAddress& address, const std::vector<IpNetwork>& networks);

}  // namespace jawort
