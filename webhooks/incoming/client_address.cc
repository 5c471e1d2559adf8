#include "webhooks/incoming/client_address.h"

#include <algorithm>

#include "engine/base/text.h"

namespace jawort {
namespace {

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), ascii_digit);
}

// "1.2.3.4", "1.2.3.4:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80"; also in quotes.
std::optional<IpAddress> parse_hop(std::string_view text) {
  text = trim_ascii_space(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto after = text.substr(end + 1);
    if (!after.empty() && (after.front() != ':' || !is_port(after.substr(1)))) return std::nullopt;
    const auto address = parse_ip(text.substr(1, end - 1));
    return address && !address->is_v4() ? address : std::nullopt;
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    return is_port(text.substr(colon + 1)) ? parse_ip(text.substr(0, colon)) : std::nullopt;
  }
  return parse_ip(text);
}

}  // namespace

std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<IpNetwork>& trusted) {
  auto client = parse_ip(peer);
  if (!client) return {};
  const auto hops = split(forwarded_for, ',');
  for (auto hop = hops.rbegin(); hop != hops.rend() && lies_in(*client, trusted); ++hop) {
    const auto before = parse_hop(*hop);
    if (!before) break;
    client = before;
  }
  return client->text();
}

std::string client_network(std::string_view ip) {
  auto address = parse_ip(ip);
  if (!address) return {};
  if (address->is_v4()) return address->text();
  std::fill(address->bytes.begin() + 8, address->bytes.end(), std::uint8_t{0});
  return address->text() + "/64";
}

}  // namespace jawort
