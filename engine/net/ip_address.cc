#include "engine/net/ip_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<int> parse_prefix(std::string_view text, int limit) {
  if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), ascii_digit)) {
    return std::nullopt;
  }
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value <= limit ? std::optional(value) : std::nullopt;
}

std::string text_of(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

std::string IpAddress::text() const {
  return is_v4() ? text_of(AF_INET, bytes.data() + 12) : text_of(AF_INET6, bytes.data());
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  IpAddress address;
  // inet_pton wants a terminated string, and would stop at a NUL in the middle.
  if (text.size() > 64 || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::string plain(text);
  if (::inet_pton(AF_INET, plain.c_str(), address.bytes.data() + 12) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
    return address;
  }
  if (const auto zone = plain.find('%'); zone != std::string::npos) {
    if (zone + 1 == plain.size()) return std::nullopt;
    plain.resize(zone);
  }
  address.bytes = {};
  if (::inet_pton(AF_INET6, plain.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool IpNetwork::contains(const IpAddress& other) const {
  const auto whole = static_cast<std::size_t>(prefix / 8);
  const auto& a = address.bytes;
  if (!std::equal(a.begin(), a.begin() + whole, other.bytes.begin())) return false;
  const int rest = prefix % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00 >> rest);
  return (a[whole] & mask) == (other.bytes[whole] & mask);
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network{*address, 128};
  if (slash == std::string_view::npos) return network;
  // A mapped spelling, "::ffff:10.0.0.0/104", counts its bits in IPv6.
  const bool dotted_only = address->is_v4() && text.find(':') == std::string_view::npos;
  const auto prefix = parse_prefix(text.substr(slash + 1), dotted_only ? 32 : 128);
  if (!prefix) return std::nullopt;
  network.prefix = dotted_only ? *prefix + 96 : *prefix;
  for (int bit = network.prefix; bit < 128; ++bit) {
    const auto byte = address->bytes[static_cast<std::size_t>(bit / 8)];
    if (byte & (0x80 >> (bit % 8))) return std::nullopt;
  }
  return network;
}

std::vector<IpNetwork> parse_networks(const std::vector<std::string>& texts) {
  std::vector<IpNetwork> networks;
  for (const std::string& text : texts) {
    if (const auto network = parse_network(text)) networks.push_back(*network);
  }
  return networks;
}

bool lies_in(const IpAddress& address, const std::vector<IpNetwork>& networks) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace jawort
