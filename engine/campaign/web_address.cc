#include "engine/campaign/web_address.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/text.h"

namespace jawort {
namespace {

struct WebAddress {
  std::string_view scheme, host, port, rest;  // port without ":", rest from the path on
};

bool split_address(std::string_view url, WebAddress& out) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return false;
  out.scheme = url.substr(0, colon);
  url.remove_prefix(colon + 3);
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  out.rest = url.substr(end);
  std::string_view authority = url.substr(0, end);
  const bool literal = authority.starts_with('[');
  const std::size_t port = literal ? authority.find("]:") : authority.find(':');
  if (port == std::string_view::npos) {
    out.host = authority;
    return true;
  }
  out.host = authority.substr(0, port + (literal ? 1 : 0));
  out.port = authority.substr(port + (literal ? 2 : 1));
  return !out.port.empty();
}

bool is_number(std::string_view text, int max) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
  int value = 0;
  for (const char c : text) {
    if (!ascii_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  return value <= max;
}

bool ipv4(std::string_view host) {
  const auto parts = split(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return is_number(part, 255);
         });
}

bool ipv6_literal(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  const std::string_view inside = host.substr(1, host.size() - 2);
  return inside.find(':') != std::string_view::npos &&
         inside.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

bool host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  const auto labels = split(host, '.');
  const std::string_view last = labels.back();
  // A name that ends in digits would be read as an address (WHATWG URL "ends in a number").
  if (!last.empty() && std::all_of(last.begin(), last.end(), ascii_digit)) return false;
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return ascii_alnum(c) || c == '-'; });
  });
}

bool this_machine(std::string_view host) {
  const std::string name = ascii_lower(host);
  return name == "localhost" || name.ends_with(".localhost") || name == "[::1]" ||
         (ipv4(host) && host.starts_with("127."));
}

bool right_rest(std::string_view rest) {
  return std::all_of(rest.begin(), rest.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
  });
}

std::string_view address_problem(std::string_view url, WebAddress& parts) {
  if (url.size() > 2000) return "is longer than 2000 bytes";
  if (!split_address(url, parts) ||
      !(host_name(parts.host) || ipv4(parts.host) || ipv6_literal(parts.host))) {
    return "must be a URL like \"https://www.example.org/page\" (an international domain as "
           "xn--…)";
  }
  if (!parts.port.empty() && (!is_number(parts.port, 65535) || parts.port == "0")) {
    return "must have a port from 1 to 65535, or none";
  }
  const bool http_here = parts.scheme == "http" && this_machine(parts.host);
  if (parts.scheme != "https" && !http_here) {
    return "must start with https:// (http:// only to this machine, such as http://localhost)";
  }
  return {};
}

}  // namespace

std::string_view url_problem(std::string_view url) {
  WebAddress parts;
  const std::string_view problem = address_problem(url, parts);
  if (!problem.empty()) return problem;
  if (!right_rest(parts.rest)) {
    return "must be percent-encoded after the host: no spaces, quotes or letters beyond ASCII";
  }
  return {};
}

std::string_view origin_problem(std::string_view origin) {
  WebAddress parts;
  const std::string_view problem = address_problem(origin, parts);
  if (!problem.empty()) return problem;
  if (!parts.rest.empty()) {
    return "must end after the host, like \"https://www.example.org\": no slash, no path";
  }
  if (parts.port == (parts.scheme == "https" ? "443" : "80")) {
    return "must leave out the port, since browsers leave out this one";
  }
  return {};
}

}  // namespace jawort
