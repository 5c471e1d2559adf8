#include "webhooks/incoming/request_head.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

using State = HeadReading::State;
constexpr std::size_t kBodyLimit = 65536;
// The limits, the empty line before and the one behind, and half a line's end.
constexpr std::size_t kLongestHead = kRequestLineLimit + kHeaderBytesLimit + 3 * 2 + 1;

bool clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check_complete(std::string_view bytes, const HeadReading& reading) {
  promise(reading.bytes <= bytes.size() && bytes.substr(0, reading.bytes).ends_with("\r\n\r\n"),
          "a complete head ends with its empty line");
  const HttpRequest& request = reading.head.request;
  promise(reading.head.content_length <= kBodyLimit, "no body is larger than its limit");
  promise(!request.has_header("transfer-encoding"), "no transfer coding is taken");
  promise(!request.method.empty() && clean(request.method), "the method is a token");
  promise(request.path.starts_with('/') || request.path == "*", "the path is absolute");
  promise(clean(request.path) && clean(request.query), "the target is one line");
  promise(request.headers.size() <= kHeaderLinesLimit, "the lines are limited");
  for (const auto& [name, value] : request.headers) {
    promise(!name.empty() && std::ranges::all_of(name, is_token_character) && clean(value),
            "each header is one line with a name");
    promise(std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }),
            "names are in lower case");
  }
  // Nothing behind the head has a say in it.
  const HeadReading alone = read_request_head(bytes.substr(0, reading.bytes), kBodyLimit);
  promise(alone.state == State::kComplete && alone.bytes == reading.bytes &&
              alone.head.request.headers == request.headers &&
              alone.head.content_length == reading.head.content_length,
          "the head alone reads the same");
}

// A request comes in pieces. Whatever the pieces, it is taken or refused alike.
void check_pieces(std::string_view bytes, const HeadReading& whole) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{61}}) {
    HeadScan scan;
    int status = 0;
    for (std::size_t end = 0; end < bytes.size() && status == 0 && !scan.complete();) {
      end = std::min(end + piece, bytes.size());
      status = scan.advance(bytes.substr(0, end));
      promise(status != 0 || scan.complete() || end <= kLongestHead, "nobody is read for ever");
    }
    if (status != 0) {
      promise(whole.state != State::kComplete, "what is refused early is never taken");
    } else if (scan.complete()) {
      const HeadReading pieces = read_scanned_head(bytes, scan, kBodyLimit, {});
      promise(pieces.state == whole.state && pieces.status == whole.status &&
                  pieces.bytes == whole.bytes &&
                  pieces.head.request.headers == whole.head.request.headers,
              "in pieces it reads the same");
    } else {
      promise(whole.state == State::kIncomplete, "both wait for more");
    }
  }
}

void request_head(std::string_view bytes) {
  const HeadReading whole = read_request_head(bytes, kBodyLimit);
  promise((whole.state == State::kRefused) == (whole.status != 0), "a refusal has a status");
  promise(whole.status == 0 || (whole.status >= 400 && whole.status <= 505), "a status of HTTP");
  if (whole.state == State::kComplete) check_complete(bytes, whole);
  check_pieces(bytes, whole);
}

const Registration registered("request_head", request_head);

}  // namespace
}  // namespace jawort::fuzz
