#include "webhooks/incoming/origin.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kPageUrlLimit = 2048;

struct UrlParts {
  std::string scheme;          // lower case; empty: neither http nor https
  std::string_view authority;  // host and port
  std::string_view rest;       // from the path on
};

UrlParts take_apart(std::string_view url) {
  for (const std::string_view scheme : {"https", "http"}) {
    const std::size_t length = scheme.size() + 3;
    if (url.size() < length || url.substr(scheme.size(), 3) != "://" ||
        !ascii_equal_ignoring_case(url.substr(0, scheme.size()), scheme)) {
      continue;
    }
    const auto after = url.substr(length);
    const auto end = std::min(after.find_first_of("/?#\\"), after.size());
    return {std::string(scheme), after.substr(0, end), after.substr(end)};
  }
  return {};
}

// Letters, digits, dots, dashes; an IPv6 address in brackets; a port.
bool authority_allowed(std::string_view authority) {
  std::string_view port;
  std::string_view host = authority;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  const std::string_view more = authority.starts_with('[') ? ":." : "-._";
  const auto allowed = [&](char c) { return ascii_alnum(c) || more.find(c) != more.npos; };
  if (host.empty() || !std::all_of(host.begin(), host.end(), allowed)) return false;
  if (port.empty()) return true;
  return port.size() >= 2 && port.size() <= 6 && port.front() == ':' &&
         std::all_of(port.begin() + 1, port.end(), ascii_digit);
}

}  // namespace

std::string origin_of(std::string_view url) {
  const UrlParts parts = take_apart(url);
  if (parts.scheme.empty() || !authority_allowed(parts.authority)) return {};
  std::string authority = ascii_lower(parts.authority);
  const std::string_view own_port = parts.scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(own_port)) authority.resize(authority.size() - own_port.size());
  return parts.scheme + "://" + authority;
}

std::string path_prefix(std::string_view url) {
  std::string_view path = take_apart(url).rest;
  path = path.substr(0, path.find_first_of("?#"));
  while (path.ends_with('/')) path.remove_suffix(1);
  return header_url(path);
}

std::string header_url(std::string_view url) {
  std::string safe;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kNever = "\"<>\\^`{|} ";
    if (byte > 0x20 && byte < 0x7f && kNever.find(c) == std::string_view::npos) {
      safe += c;
    } else {
      safe += percent_encode(std::string_view(&c, 1));
    }
  }
  return safe;
}

std::string page_url(std::string_view url) {
  url = url.substr(0, url.find('#'));
  if (url.size() > kPageUrlLimit || !valid_utf8(url) || has_control_characters(url, false) ||
      url.find_first_of("\t ") != std::string_view::npos) {
    return {};
  }
  const UrlParts parts = take_apart(url);
  const bool named = !parts.scheme.empty() && !parts.authority.empty() &&
                     parts.authority.find('@') == std::string_view::npos;
  return named ? std::string(url) : std::string();
}

}  // namespace jawort
