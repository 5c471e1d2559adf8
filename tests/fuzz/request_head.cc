#include "webhooks/incoming/request_head.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

using State = HeadReading::State;
constexpr std::size_t kBodyLimit = 65536;

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
void request_head(std::string_view bytes) {
  const HeadReading whole = read_request_head(bytes, kBodyLimit);
  promise((whole.state == State::kRefused) == (whole.status != 0), "a refusal has a status");
  promise(whole.status == 0 || (whole.status >= 400 && whole.status <= 505), "a status of HTTP");
  promise(whole.state != State::kIncomplete || bytes.size() <= kHeadLimit + 2,
          "nobody is read for ever");
  if (whole.state == State::kComplete) check_complete(bytes, whole);
  // All pieces that end at a line's end, and some others.
  const std::size_t step = 1 + bytes.size() / 64;
  for (std::size_t end = 0; end < bytes.size(); ++end) {
    const bool telling = end > 0 && (bytes[end - 1] == '\r' || bytes[end - 1] == '\n');
    if (!telling && end % step != 0) continue;
    const HeadReading early = read_request_head(bytes.substr(0, end), kBodyLimit);
    if (early.state == State::kIncomplete) continue;
    if (early.state == State::kRefused) {
      promise(whole.state != State::kComplete, "what is refused early is never taken");
      break;
    }
    promise(whole.state == State::kComplete, "what is taken early is always taken");
    promise(early.bytes == whole.bytes && end >= whole.bytes, "a head ends at one place only");
  }
}

const Registration registered("request_head", request_head);

}  // namespace
}  // namespace jawort::fuzz
