// Input: the URL of a webhook on the first line, then the identifier of a delivery.
#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>

#include "engine/base/text.h"
#include "engine/net/address_guard.h"
#include "tests/fuzz/target.h"
#include "webhooks/outgoing/signature.h"

namespace jawort::fuzz {
namespace {

// What a program would take for the host that it connects to.
std::string host_of(std::string_view url) {
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::string(host);
}

void check_target(const std::string& url) {
  const AddressGuard closed, open(parse_networks({"0.0.0.0/0", "::/0"}));
  if (!closed.target_problem(url).empty()) return;
  promise(open.target_problem(url).empty(), "what more lets through does not refuse more");
  promise(ascii_lower(url).starts_with("https://"), "nothing leaves without TLS");
  const std::string host = host_of(url);
  promise(!host.empty() && std::ranges::all_of(host, [](char c) { return c > ' ' && c < 0x7f; }),
          "a host in plain characters");
  promise(ascii_lower(host) != "localhost", "not this machine by name");
  const auto address = parse_ip(host);
  promise(!address || is_public(*address), "a public address");
  // The reading of the C library, which knows octal, hexadecimal and short forms.
  in_addr number{};
  if (::inet_aton(host.c_str(), &number) == 0) return;
  IpAddress read;
  read.bytes[10] = read.bytes[11] = 0xff;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&number.s_addr);
  std::copy_n(bytes, 4, read.bytes.begin() + 12);
  promise(is_public(read), "a public address, however it is written");
}

void webhook_target(std::string_view bytes) {
  Input input(bytes);
  check_target(std::string(input.line()));
  const std::string_view text = input.rest();
  const auto id = parse_webhook_id(text);
  if (!id) return;
  promise("msg_" + std::to_string(id->sequence) + "_" + std::to_string(id->part) + "_" + id->leaf ==
              text,
          "an identifier has one spelling");
}

const Registration registered("webhook_target", webhook_target);

}  // namespace
}  // namespace jawort::fuzz
