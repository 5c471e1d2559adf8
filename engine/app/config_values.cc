#include "engine/app/config_values.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

#include "engine/base/text.h"
#include "engine/consent/email_address.h"

namespace jawort {
namespace {

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!ascii_digit(text.front()) || port > 65535) return std::nullopt;
  return port;
}

struct HostPort {
  std::string_view host;
  std::optional<std::string_view> port;
  bool bracketed = false;
};

std::optional<HostPort> split_host_port(std::string_view text) {
  HostPort out;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.bracketed = true;
    out.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') return std::nullopt;
    if (!text.empty()) out.port = text.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) out.port = text.substr(colon + 1);
  }
  if (out.host.empty() || (out.port && out.port->empty())) return std::nullopt;
  return out;
}

// The address in network order: 4 or 16 bytes; empty when it is none.
std::vector<std::uint8_t> address_bytes(std::string_view text) {
  const std::string zero_ended(text);
  std::vector<std::uint8_t> bytes(16);
  if (::inet_pton(AF_INET6, zero_ended.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (::inet_pton(AF_INET, zero_ended.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return ascii_alnum(c) || c == '-'; });
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string ListenAddress::text() const {
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_ip_address(std::string_view text) { return !address_bytes(text).empty(); }

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  const auto labels = split(host, '.');
  if (!std::all_of(labels.begin(), labels.end(), is_label)) return false;
  // A last label of digits is a misspelt IPv4 address, not a name.
  return !std::all_of(labels.back().begin(), labels.back().end(), ascii_digit);
}

bool is_loopback(std::string_view host) {
  if (ascii_equal_ignoring_case(host, "localhost")) return true;
  const auto bytes = address_bytes(host);
  if (bytes.size() == 4) return bytes[0] == 127;
  if (bytes.size() != 16) return false;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto byte) { return byte == 0; }) &&
         bytes.back() == 1;
}

bool is_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto bytes = address_bytes(text.substr(0, slash));
  if (bytes.empty()) return false;
  if (slash == std::string_view::npos) return true;
  const std::string_view digits = text.substr(slash + 1);
  if (digits.empty()) return false;
  const auto length = parse_port(digits);
  if (!length || static_cast<std::size_t>(*length) > bytes.size() * 8) return false;
  for (std::size_t bit = static_cast<std::size_t>(*length); bit < bytes.size() * 8; ++bit) {
    if ((bytes[bit / 8] >> (7 - bit % 8)) & 1) return false;
  }
  return true;
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto parts = split_host_port(text);
  if (!parts || !parts->port) return std::nullopt;
  const auto port = parse_port(*parts->port);
  if (!port) return std::nullopt;
  if (parts->bracketed != (parts->host.find(':') != std::string_view::npos)) return std::nullopt;
  if (parts->host != "localhost" && !is_ip_address(parts->host)) return std::nullopt;
  return ListenAddress{std::string(parts->host), *port};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1024} << 30;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || !ascii_digit(text.front()) || error != std::errc{}) return std::nullopt;
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  if (unit.empty()) return number == 0 ? std::optional(number) : std::nullopt;
  const int bits = unit == " KiB" ? 10 : unit == " MiB" ? 20 : unit == " GiB" ? 30 : 0;
  if (bits == 0 || number > kMost >> bits) return std::nullopt;
  return number << bits;
}

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return std::nullopt;
  }
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return std::nullopt;
  Url url;
  url.scheme = ascii_lower(text.substr(0, scheme_end));
  if (!std::all_of(url.scheme.begin(), url.scheme.end(), ascii_alnum)) return std::nullopt;
  text.remove_prefix(scheme_end + 3);
  const std::size_t rest = std::min(text.find_first_of("/?#"), text.size());
  url.rest = text.substr(rest);
  const auto parts = split_host_port(text.substr(0, rest));
  if (!parts) return std::nullopt;
  url.host = ascii_lower(parts->host);
  const bool six = url.host.find(':') != std::string::npos;
  if (parts->bracketed != six) return std::nullopt;
  if (!is_ip_address(url.host) && !is_host_name(url.host)) return std::nullopt;
  if (!parts->port) return url;
  const auto port = parse_port(*parts->port);
  if (!port || *port == 0) return std::nullopt;
  url.port = *port;
  return url;
}

std::optional<Mailbox> parse_mailbox(std::string_view text) {
  text = trim_ascii_space(text);
  if (!valid_utf8(text) || has_control_characters(text, false)) return std::nullopt;
  Mailbox mailbox;
  std::string_view address = text;
  if (text.ends_with('>')) {
    const std::size_t open = text.rfind('<');
    if (open == std::string_view::npos) return std::nullopt;
    address = text.substr(open + 1, text.size() - open - 2);
    std::string_view name = trim_ascii_space(text.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (name.size() > 200 || name.find_first_of("<>\"\\") != std::string_view::npos) {
      return std::nullopt;
    }
    mailbox.name = name;
  }
  const auto parsed = EmailAddress::parse(address);
  if (!parsed.ok() || trim_ascii_space(address) != address) return std::nullopt;
  mailbox.address = parsed->mailbox();
  if (!safe_envelope_address(mailbox.address)) return std::nullopt;
  return mailbox;
}

std::string_view nearest_name(std::string_view typed, const std::vector<std::string_view>& names) {
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(3, typed.size() / 2 + 1);
  if (typed.size() > 64) return nearest;
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(typed, name);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace jawort
