#include "engine/net/address_guard.h"

#include <algorithm>
#include <optional>
#include <span>

#include "engine/base/text.h"

namespace jawort {
namespace {

// IANA IPv4 Special-Purpose Address Registry, and what is no host's: multicast, reserved.
constexpr std::array<std::string_view, 15> kNotPublicV4 = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4"};
// Global unicast is 2000::/3; of it these are not (IANA IPv6 Special-Purpose Address Registry):
// protocol assignments with Teredo, documentation, 6to4, documentation.
constexpr std::string_view kGlobalUnicast = "2000::/3";
constexpr std::array<std::string_view, 4> kNotPublicV6 = {"2001::/23", "2001:db8::/32", "2002::/16",
                                                          "3fff::/20"};
constexpr std::string_view kNat64 = "64:ff9b::/96";  // RFC 6052 §2.1

std::vector<IpNetwork> networks_of(std::span<const std::string_view> texts) {
  std::vector<IpNetwork> networks;
  for (const std::string_view text : texts) networks.push_back(parse_network(text).value());
  return networks;
}

IpAddress mapped(std::uint32_t v4) {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = 0xff;
  for (std::size_t i = 0; i < 4; ++i) {
    address.bytes[12 + i] = static_cast<std::uint8_t>(v4 >> (24 - 8 * i) & 0xffU);
  }
  return address;
}

bool is_loopback_address(const IpAddress& address) {
  static const IpNetwork v4 = parse_network("127.0.0.0/8").value();
  static const IpAddress v6 = parse_ip("::1").value();
  return v4.contains(address) || address == v6;
}

// Whether the last label is a number, by which browsers and resolvers tell an address from a name
// (WHATWG URL, "ends in a number").
bool ends_in_number(std::string_view host) {
  const std::string_view last = split(host, '.').back();
  if (last.starts_with("0x") || last.starts_with("0X")) {
    return last.substr(2).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  }
  return !last.empty() && std::ranges::all_of(last, ascii_digit);
}

// Names that systems have for themselves, whatever the name service says.
bool names_this_machine(std::string_view host) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "localhost",     "localhost.localdomain", "localhost6", "localhost6.localdomain6",
      "ip6-localhost", "ip6-loopback"};
  return std::ranges::find(kNames, host) != kNames.end() || host.ends_with(".localhost");
}

struct Target {
  std::string scheme, host;  // lower case, the host without brackets and dot at the end
  bool bracketed = false;
};

std::optional<Target> read_target(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Target target{ascii_lower(url.substr(0, colon)), "", false};
  std::string_view host = url.substr(colon + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  target.bracketed = host.starts_with('[');
  if (target.bracketed) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    target.host = ascii_lower(host.substr(1, end - 1));
    return target;
  }
  const std::size_t port = host.find(':');
  if (port != std::string_view::npos && !std::ranges::all_of(host.substr(port + 1), ascii_digit)) {
    return std::nullopt;  // "example.org:443@127.0.0.1"
  }
  host = host.substr(0, port);
  if (host.ends_with('.')) host.remove_suffix(1);
  // Percent signs, user names, full stops of other scripts: what is read differently by each.
  const bool plain = std::ranges::all_of(
      host, [](char c) { return ascii_alnum(c) || c == '-' || c == '.' || c == '_'; });
  if (host.empty() || !plain) return std::nullopt;
  target.host = ascii_lower(host);
  return target;
}

}  // namespace

bool is_public(const IpAddress& address) {
  static const auto not_public_v4 = networks_of(kNotPublicV4);
  static const auto not_public_v6 = networks_of(kNotPublicV6);
  static const IpNetwork global = parse_network(kGlobalUnicast).value();
  static const IpNetwork nat64 = parse_network(kNat64).value();
  if (address.is_v4()) return !lies_in(address, not_public_v4);
  if (nat64.contains(address)) {
    std::uint32_t inside = 0;
    for (std::size_t i = 12; i < 16; ++i) inside = inside << 8U | address.bytes[i];
    return is_public(mapped(inside));
  }
  return global.contains(address) && !lies_in(address, not_public_v6);
}

bool AddressGuard::lets_through(const IpAddress& address) const {
  return is_public(address) || lies_in(address, allowed_);
}

bool AddressGuard::lets_some_loopback_through() const {
  return std::ranges::any_of(allowed_, [](const IpNetwork& network) {
    return is_loopback_address(network.address) || network.contains(mapped(0x7f000001)) ||
           network.contains(*parse_ip("::1"));
  });
}

std::string AddressGuard::target_problem(std::string_view url) const {
  const auto target = read_target(url);
  if (!target) return "its host cannot be read in one way only";
  std::optional<IpAddress> address;
  bool here = false;
  if (target->bracketed) {
    if (target->host.find('%') == std::string::npos) address = parse_ip(target->host);
    if (!address) return "its host is no address of IPv6";
  } else if (ends_in_number(target->host)) {
    address = parse_ip(target->host);
    if (!address) return "its host is a number, and no address of IPv4 in four decimal parts";
  } else {
    here = names_this_machine(target->host);
  }
  if (address && !lets_through(*address)) {
    return "leads to " + address->text() + ", which is no public address";
  }
  if (here && !lets_some_loopback_through()) return "leads to this machine";
  here = here || (address && is_loopback_address(*address));
  if (target->scheme == "https" || (target->scheme == "http" && here)) return {};
  return "must be https";
}

}  // namespace jawort
