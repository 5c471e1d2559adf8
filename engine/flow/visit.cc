#include "engine/flow/visit.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

#include "engine/base/embedded.h"

namespace jawort {
namespace {

std::string print_address(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, address, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::string truncate(std::string_view ip) {
  const std::string text(ip.substr(0, ip.find('%')));  // a zone names the interface, not the host
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    v4.s_addr &= htonl(0xFFFFFF00U);
    return print_address(AF_INET, &v4);
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return {};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    v6.s6_addr[15] = 0;
  } else {
    std::fill(std::begin(v6.s6_addr) + 6, std::end(v6.s6_addr), std::uint8_t{0});
  }
  return print_address(AF_INET6, &v6);
}

// Lines of scanners.txt that are not comments, in lower case.
const std::vector<std::string>& scanner_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> list;
    for (const EmbeddedFile& file : embedded_scanners()) {
      for (const std::string_view line : split(file.content, '\n')) {
        const auto word = trim_ascii_space(line);
        if (!word.empty() && word.front() != '#') list.push_back(ascii_lower(word));
      }
    }
    return list;
  }();
  return words;
}

}  // namespace

std::string ip_by_policy(std::string_view ip, IpPolicy policy) {
  switch (policy) {
    case IpPolicy::kTruncated:
      return truncate(ip);
    case IpPolicy::kFull:
      return std::string(ip);
    case IpPolicy::kNone:
      return {};
  }
  return {};
}

std::string_view client_kind(std::string_view user_agent) {
  const std::string lower = ascii_lower(user_agent);
  const auto named = [&](const std::string& word) { return lower.find(word) != std::string::npos; };
  if (std::ranges::any_of(scanner_words(), named)) return "scanner";
  return lower.starts_with("mozilla/") ? "browser" : "other";
}

}  // namespace jawort
