// Builds one mail as bytes: RFC 5322, MIME (RFC 2045–2047), List-Unsubscribe (RFC 2369, 8058),
// Auto-Submitted (RFC 3834). 7-bit, CRLF, lines of at most 76 characters in bodies; text part
// always. Nothing a stranger typed can add a header, a part or a line: values are encoded, and CR,
// LF and NUL are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/evidence/token.h"

namespace jawort {

struct Mailbox {
  std::string name;     // display name, UTF-8, may be empty
  std::string address;  // passes safe_envelope_address
};

struct MailContent {
  Mailbox from;
  Mailbox to;
  std::optional<Mailbox> reply_to;
  std::string subject;     // UTF-8
  std::string date;        // RFC 5322 date-time
  std::string message_id;  // "local@domain" without < >
  std::string boundary;    // from a random source; 16 to 60 of [A-Za-z0-9]
  std::string language;    // Content-Language, RFC 5646
  std::string text;        // UTF-8, LF lines
  std::string html;        // UTF-8; empty: no HTML part
  // https: with List-Unsubscribe-Post (RFC 8058); http, for a demo on loopback: without. May be
  // empty.
  std::string list_unsubscribe_url;
  std::string list_unsubscribe_mailto;  // "address?subject=…", may be empty
};

// kInvalid when a header value holds a control character, a line separator or a bidirectional
// override (engine/mail/header_field.h), an address is unsafe, or the text is empty. Spaces around
// a display name are dropped.
Result<std::string> build_message(const MailContent& content);

// ---- A message without its links -------------------------------------------------------------
// Links are secrets: what is stored has each token cut out. While a message is composed, a token
// stands as a marker of the same length and alphabet, which the quoted-printable encoder never
// breaks over two lines; sealing replaces markers by filler and notes where they stood.

struct LinkSlot {
  std::size_t offset = 0;  // of the token's first byte in the message
  TokenKind kind = TokenKind::kConfirm;
  bool operator==(const LinkSlot&) const = default;
};

struct SealedMessage {
  std::string bytes;  // with token_length(kind) filler characters at each slot
  std::vector<LinkSlot> slots;
};

struct LinkMarker {
  TokenKind kind = TokenKind::kConfirm;
  std::string marker;  // token_length(kind) characters of its alphabet, random
};

SealedMessage seal_links(std::string message, const std::vector<LinkMarker>& markers);
struct Token {
  TokenKind kind;
  std::string token;
};
// The result has the sealed length. REQUIRES: a token of token_length(kind) for every kind that the
// slots name.
std::string complete_links(const SealedMessage& sealed, const std::vector<Token>& tokens);

// What somebody else says of a mail, with "[link]" where it repeats one of its tokens, whole or its
// first quarter or more; also broken over lines, percent-encoded, and those of addresses in other
// cases. Whoever read a kept reply could else act in the person's place.
std::string without_tokens(std::string_view reply, const std::vector<Token>& tokens);

// "confirm@1234,revoke@5678" for a column, and back.
std::string slots_text(const std::vector<LinkSlot>& slots);
std::optional<std::vector<LinkSlot>> parse_slots(std::string_view text);

// The local part of an address with a token: "b-TOKEN" of a return path, "u-TOKEN" of the address
// that unsubscribes. REQUIRES: in_addresses(kind)
std::string token_local_part(TokenKind kind, std::string_view token);
// The token in an address like that, whatever its domain and its case; nothing for any other.
std::optional<Token> token_in_address(std::string_view address);

// A return path as it is stored, and with its token put in; any other sender stays as it is.
std::string sealed_return_path(std::string_view domain);
std::string complete_return_path(std::string_view sender, std::string_view token);

}  // namespace jawort
