// Input: the peer on the first line, then X-Forwarded-For.
#include "webhooks/incoming/client_address.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

const std::vector<IpNetwork>& proxies() {
  static const std::vector<IpNetwork> all = {
      *parse_network("10.0.0.0/8"), *parse_network("127.0.0.1"), *parse_network("2001:db8:1::/48")};
  return all;
}

bool trusted(const IpAddress& address) {
  return std::ranges::any_of(proxies(),
                             [&](const IpNetwork& network) { return network.contains(address); });
}

void check_network(std::string_view text) {
  const auto network = parse_network(text);
  if (!network) return;
  promise(network->prefix >= 0 && network->prefix <= 128, "a prefix of an address");
  promise(network->contains(network->address), "a network contains its own address");
}

void client_address(std::string_view bytes) {
  Input input(bytes);
  const std::string_view peer = input.line(), header = input.rest();
  check_network(peer);
  const auto connected = parse_ip(peer);
  const std::string client = jawort::client_address(peer, header, proxies());
  promise(client.empty() == !connected, "a client wherever there is a peer");
  if (!connected) return;
  const auto address = parse_ip(client);
  promise(address && address->text() == client, "the client is an address in its one spelling");
  promise(parse_ip(connected->text()) == connected, "an address can be written and read again");
  promise(trusted(*connected) || client == connected->text(),
          "what a stranger writes into the header does not count");
  // Once a stranger's address was found, nothing further left has a say.
  if (!trusted(*address)) {
    for (const char* forged : {"198.51.100.9, ", "garbage,", "10.1.1.1,", ",", "\""}) {
      const std::string longer = forged + std::string(header);
      const std::string seen = jawort::client_address(peer, longer, proxies());
      const bool same_hops = longer.find(',') < std::string_view(forged).size();
      promise(!same_hops || seen == client, "nobody writes himself another address");
    }
  }
  const std::string network = client_network(client);
  promise(!network.empty() && client_network(client) == network, "limits count by a network");
  promise(address->is_v4() == (network.find(':') == std::string::npos), "of the same kind");
}

const Registration registered("client_address", client_address);

}  // namespace
}  // namespace jawort::fuzz
