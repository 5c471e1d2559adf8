#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include "engine/base/text.h"
#include "engine/mail/message.h"

namespace jawort {
namespace {

constexpr char kFiller = 'x';
constexpr std::string_view kBouncePrefix = "b-", kUnsubscribePrefix = "u-";

struct KindName {
  TokenKind kind;
  std::string_view name;
};
constexpr std::array kKindNames = std::to_array<KindName>({
    {TokenKind::kConfirm, "confirm"},
    {TokenKind::kRevoke, "revoke"},
    {TokenKind::kPreferences, "preferences"},
    {TokenKind::kUnsubscribe, "unsubscribe"},
});

std::string_view name_of_kind(TokenKind kind) {
  return std::ranges::find(kKindNames, kind, &KindName::kind)->name;
}

std::optional<LinkSlot> parse_slot(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto kind = std::ranges::find(kKindNames, text.substr(0, at), &KindName::name);
  const std::string_view digits = text.substr(at + 1);
  if (kind == kKindNames.end() || digits.empty() || !ascii_digit(digits.front())) {
    return std::nullopt;
  }
  LinkSlot slot{.kind = kind->kind};
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, slot.offset);
  if (error != std::errc() || stop != end) return std::nullopt;
  return slot;
}

// What may stand between two characters of a token that somebody quotes: line ends of SMTP and of
// quoted-printable.
std::size_t break_at(std::string_view text) {
  return std::min(text.find_first_not_of(" \t\r\n="), text.size());
}

// How much of `text` is the character, as it is or percent-encoded; 0: it is another.
std::size_t spelled(std::string_view text, char wanted, bool any_case) {
  const auto fits = [&](char c) {
    return c == wanted || (any_case && ascii_lower({&c, 1}).front() == wanted);
  };
  if (text.empty()) return 0;
  if (fits(text.front())) return 1;
  if (text.size() < 3 || text.front() != '%') return 0;
  const auto byte = from_hex(ascii_lower(text.substr(1, 2)));
  return byte && fits(static_cast<char>(byte->front())) ? 3 : 0;
}

// How much of the beginning of `text` is the token, or its beginning; 0: too little to be one.
std::size_t quoted_token(std::string_view text, const Token& quoted) {
  const std::string_view token = quoted.token;
  std::size_t at = 0, matched = 0;
  while (matched < token.size()) {
    const std::size_t between = matched == 0 ? 0 : break_at(text.substr(at));
    const std::size_t length =
        spelled(text.substr(at + between), token[matched], in_addresses(quoted.kind));
    if (length == 0) break;
    at += between + length;
    ++matched;
  }
  return matched > 0 && matched >= token.size() / 4 ? at : 0;
}

}  // namespace

std::string without_tokens(std::string_view reply, const std::vector<Token>& tokens) {
  std::string out;
  for (std::size_t at = 0; at < reply.size();) {
    std::size_t quoted = 0;
    for (const Token& token : tokens) {
      quoted = std::max(quoted, quoted_token(reply.substr(at), token));
    }
    out += quoted > 0 ? "[link]" : reply.substr(at, 1);
    at += std::max<std::size_t>(quoted, 1);
  }
  return out;
}

std::string token_local_part(TokenKind kind, std::string_view token) {
  assert(in_addresses(kind));
  std::string out(kind == TokenKind::kBounce ? kBouncePrefix : kUnsubscribePrefix);
  return out.append(token);
}

std::optional<Token> token_in_address(std::string_view address) {
  const std::string local = ascii_lower(address.substr(0, address.rfind('@')));
  if (local.size() != kBouncePrefix.size() + kAddressTokenLength) return std::nullopt;
  if (local.starts_with(kBouncePrefix)) {
    return Token{TokenKind::kBounce, local.substr(kBouncePrefix.size())};
  }
  if (local.starts_with(kUnsubscribePrefix)) {
    return Token{TokenKind::kUnsubscribe, local.substr(kUnsubscribePrefix.size())};
  }
  return std::nullopt;
}

std::string sealed_return_path(std::string_view domain) {
  return token_local_part(TokenKind::kBounce, std::string(kAddressTokenLength, kFiller)) + "@" +
         std::string(domain);
}

std::string complete_return_path(std::string_view sender, std::string_view token) {
  const std::string_view domain = sender.substr(sender.rfind('@') + 1);
  if (sender != sealed_return_path(domain)) return std::string(sender);
  return token_local_part(TokenKind::kBounce, token) + "@" + std::string(domain);
}

SealedMessage seal_links(std::string message, const std::vector<LinkMarker>& markers) {
  SealedMessage sealed;
  for (const LinkMarker& marker : markers) {
    const std::size_t length = token_length(marker.kind);
    assert(marker.marker.size() == length);
    std::size_t at = message.find(marker.marker);
    for (; at != std::string::npos; at = message.find(marker.marker, at + length)) {
      message.replace(at, length, length, kFiller);
      sealed.slots.push_back({at, marker.kind});
    }
  }
  std::ranges::sort(sealed.slots, {}, &LinkSlot::offset);
  sealed.bytes = std::move(message);
  return sealed;
}

std::string complete_links(const SealedMessage& sealed, const std::vector<Token>& tokens) {
  std::string message = sealed.bytes;
  for (const LinkSlot& slot : sealed.slots) {
    const auto token = std::ranges::find(tokens, slot.kind, &Token::kind);
    assert(token != tokens.end() && token->token.size() == token_length(slot.kind));
    // A slot outside the message can only come from a damaged row; the hash of the whole, which
    // is checked before anything is sent, then does not fit.
    if (token == tokens.end() || slot.offset > message.size() ||
        message.size() - slot.offset < token->token.size()) {
      continue;
    }
    message.replace(slot.offset, token->token.size(), token->token);
  }
  return message;
}

std::string slots_text(const std::vector<LinkSlot>& slots) {
  std::string text;
  for (const LinkSlot& slot : slots) {
    if (!text.empty()) text += ',';
    text += name_of_kind(slot.kind);
    text += '@';
    text += std::to_string(slot.offset);
  }
  return text;
}

std::optional<std::vector<LinkSlot>> parse_slots(std::string_view text) {
  std::vector<LinkSlot> slots;
  if (text.empty()) return slots;
  for (const std::string_view piece : split(text, ',')) {
    const auto slot = parse_slot(piece);
    if (!slot) return std::nullopt;
    slots.push_back(*slot);
  }
  return slots;
}

}  // namespace jawort
