// Media types and their parameters (RFC 9110 §8.3.1, §5.6.6).
#include <algorithm>

#include "engine/base/text.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/http.h"

namespace jawort {
namespace {

// Takes a token off the front; empty when there is none.
std::string_view take_token(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
  const auto token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

void skip_blank(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// REQUIRES: text starts with a quote
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (c == '\\') {
      if (++i == text.size()) return std::nullopt;
      c = text[i];
    }
    value += c;
  }
  return std::nullopt;
}

// "; name=value" off the front. False when it is broken.
bool take_parameter(std::string_view& text, MediaType& media) {
  const std::string name = ascii_lower(take_token(text));
  if (name.empty() || !text.starts_with('=') || media.parameter(name)) return false;
  text.remove_prefix(1);
  std::optional<std::string> value;
  if (text.starts_with('"')) {
    value = take_quoted(text);
  } else if (const auto token = take_token(text); !token.empty()) {
    value = std::string(token);
  }
  if (!value) return false;
  media.parameters.emplace_back(name, *std::move(value));
  return true;
}

}  // namespace

std::optional<std::string> MediaType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<MediaType> parse_media_type(std::string_view text) {
  text = trim_ascii_space(text);
  MediaType media;
  const auto type = take_token(text);
  if (type.empty() || !text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  const auto subtype = take_token(text);
  if (subtype.empty()) return std::nullopt;
  media.type = ascii_lower(type) + "/" + ascii_lower(subtype);
  for (;;) {
    skip_blank(text);
    if (text.empty()) return media;
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    skip_blank(text);
    if (text.empty() || text.front() == ';') continue;  // an empty parameter is allowed
    if (!take_parameter(text, media)) return std::nullopt;
  }
}

}  // namespace jawort
