// The head of one HTTP/1.1 message, read strictly (RFC 9112): what two readers could understand in
// two ways is refused, not repaired. Pure; the bytes come from connection.h.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "engine/base/result.h"
#include "webhooks/incoming/http.h"

namespace jawort {

inline constexpr std::size_t kRequestLineLimit = 4096;   // bytes, without CRLF: 414
inline constexpr std::size_t kHeaderBytesLimit = 16384;  // bytes of all header lines: 431
inline constexpr std::size_t kHeaderLinesLimit = 64;     // 431

// Finds the end of a head while its bytes come in, each looked at once, and refuses as early as it
// can: limits and line ends hold before the end has come.
class HeadScan {
 public:
  // `bytes`: the message from its start, each time with more at the end. 0, or the status of a
  // refusal.
  int advance(std::string_view bytes);
  bool complete() const { return complete_; }
  // REQUIRES: complete(). Length of the head with its empty line, and of what stands before the
  // request line (RFC 9112 §2.2 lets one empty line pass).
  std::size_t size() const { return looked_; }
  std::size_t skipped() const { return skipped_; }

 private:
  int take_line(std::string_view line);

  std::size_t line_start_ = 0, looked_ = 0, headers_start_ = 0, lines_ = 0, skipped_ = 0;
  bool request_line_ = false, complete_ = false;
};

struct RequestHead {
  HttpRequest request;             // without body, peer and request_id
  int minor_version = 1;           // HTTP/1.x
  std::size_t content_length = 0;  // 0 where none is stated (RFC 9112 §6.3)
  bool keep_alive = true;          // HTTP/1.1 without "Connection: close"
  bool expects_continue = false;
  // The body cannot be read, or is too large, and the path does without it: it is thrown away, and
  // as nobody knows where it ends, the connection closes after the answer.
  bool body_dropped = false;
};

// True for a request that is carried out whatever its body is.
using BodyOptional = std::function<bool(std::string_view method, std::string_view path)>;

struct HeadReading {
  enum class State { kIncomplete, kComplete, kRefused };
  State state = State::kIncomplete;
  int status = 0;         // kRefused: the HTTP status
  bool readable = false;  // kRefused: all lines are well formed and in `head`; only the body is
                          // refused, or what the head asks for
  std::size_t bytes = 0;  // kComplete: length of the head with its empty line
  RequestHead head;       // kComplete
};

// Reads the head at the start of `bytes`. `body_limit` bytes: a larger Content-Length is 413.
// Headers that only a server may set, and ranges, which we do not serve, are left out.
HeadReading read_request_head(std::string_view bytes, std::size_t body_limit,
                              const BodyOptional& body_optional = {});
// The same, when a scan of `bytes` is complete.
HeadReading read_scanned_head(std::string_view bytes, const HeadScan& scan, std::size_t body_limit,
                              const BodyOptional& body_optional);

}  // namespace jawort
