// The head of one HTTP/1.1 message, read strictly (RFC 9112): what two readers could understand in
// two ways is refused, not repaired. Pure; the bytes come from request_reader.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/base/result.h"
#include "webhooks/incoming/http.h"

namespace jawort {

inline constexpr std::size_t kRequestLineLimit = 4096;   // bytes, without CRLF: 414
inline constexpr std::size_t kHeaderBytesLimit = 16384;  // bytes of all header lines: 431
inline constexpr std::size_t kHeaderLinesLimit = 64;     // 431
inline constexpr std::size_t kHeadLimit = kRequestLineLimit + kHeaderBytesLimit + 6;

struct RequestHead {
  HttpRequest request;             // without body, peer and request_id
  int minor_version = 1;           // HTTP/1.x
  std::size_t content_length = 0;  // 0 where none is stated (RFC 9112 §6.3)
  bool keep_alive = true;          // HTTP/1.1 without "Connection: close"
  bool expects_continue = false;
};

struct HeadReading {
  enum class State { kIncomplete, kComplete, kRefused };
  State state = State::kIncomplete;
  int status = 0;         // kRefused: the HTTP status
  std::size_t bytes = 0;  // kComplete: length of the head with its empty line
  RequestHead head;       // kComplete
};

// Reads the head at the start of `bytes`. Limits hold for an incomplete one too, so that nobody has
// to be read to the end to be refused. `body_limit` bytes: a larger Content-Length is 413.
HeadReading read_request_head(std::string_view bytes, std::size_t body_limit);

}  // namespace jawort
