// The spellings that configuration values may have. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mail/message.h"

namespace jawort {

struct ListenAddress {
  std::string host;          // numeric address or "localhost", IPv6 without brackets
  int port = 0;              // 0: any free one
  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"
  bool operator==(const ListenAddress&) const = default;
};
std::optional<ListenAddress> parse_listen_address(std::string_view text);

// scheme://host[:port][rest], no user information; RFC 3986 with an ASCII host in lower case.
struct Url {
  std::string scheme, host;  // lower case; IPv6 without brackets
  int port = 0;              // 0: not given
  std::string rest;          // from the first "/", "?" or "#"
};
std::optional<Url> parse_url(std::string_view text);

// A whole number and KiB, MiB or GiB: "64 MiB", at most 1024 GiB; "0" without a unit. In bytes.
std::optional<std::int64_t> parse_size(std::string_view text);

// 127.0.0.0/8, ::1 and localhost.
bool is_loopback(std::string_view host);
bool is_host_name(std::string_view host);  // letters, digits, hyphens in labels of 1 to 63
bool is_ip_address(std::string_view text);
bool is_network(std::string_view text);  // address, or address/prefix length without host bits

// "Name <address>", "\"Name, with signs\" <address>" or the address alone.
std::optional<Mailbox> parse_mailbox(std::string_view text);

// The nearest of `names` when it is near enough to be a typing mistake; else empty.
std::string_view nearest_name(std::string_view typed, const std::vector<std::string_view>& names);

}  // namespace jawort
