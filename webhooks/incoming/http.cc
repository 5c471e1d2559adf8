#include "webhooks/incoming/http.h"

#include <algorithm>

#include "engine/base/text.h"

namespace jawort {

bool is_token_character(char c) {
  return ascii_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool HttpRequest::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

std::string HttpRequest::joined_header(std::string_view name) const {
  std::string joined;
  bool first = true;
  for (const auto& [key, value] : headers) {
    if (key != name) continue;
    if (!first) joined += ", ";
    joined += value;
    first = false;
  }
  return joined;
}

HttpResponse& HttpResponse::set(std::string_view name, std::string_view value) {
  std::string clean(value);
  std::erase_if(clean, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  for (auto& [key, old] : headers) {
    if (ascii_equal_ignoring_case(key, name)) {
      old = std::move(clean);
      return *this;
    }
  }
  headers.emplace_back(std::string(name), std::move(clean));
  return *this;
}

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (ascii_equal_ignoring_case(key, name)) return value;
  }
  return {};
}

}  // namespace jawort
