#include "webhooks/incoming/request_head.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::string_view kEndOfLine = "\r\n";

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

// RFC 9110 §5.5: visible characters, space, tab and obs-text.
bool field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string_view trim_blank(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Some refusals have one meaning only: 0 stands for "go on".
int read_version(std::string_view version, RequestHead& head) {
  if (version == "HTTP/1.1") return 0;
  if (version == "HTTP/1.0") {
    head.minor_version = 0;
    head.keep_alive = false;
    return 0;
  }
  const bool other = version.size() == 8 && version.starts_with("HTTP/") &&
                     ascii_digit(version[5]) && version[6] == '.' && ascii_digit(version[7]);
  return other ? 505 : 400;
}

// Origin form, absolute form and "*" (RFC 9112 §3.2). A fragment never travels.
int read_target(std::string_view target, HttpRequest& request) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
  if (target.empty() || !std::all_of(target.begin(), target.end(), visible)) return 400;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!ascii_equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto end = target.find_first_of("/?");
    target = end == std::string_view::npos ? std::string_view("/") : target.substr(end);
    break;
  }
  if (target != "*" && target.front() != '/' && target.front() != '?') return 400;
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  return 0;
}

int read_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return 400;
  const auto method = line.substr(0, first);
  if (!is_token(method)) return 400;
  head.request.method = method;
  if (const int status = read_version(line.substr(last + 1), head)) return status;
  return read_target(line.substr(first + 1, last - first - 1), head.request);
}

int read_header_line(std::string_view line, HttpRequest& request) {
  const auto colon = line.find(':');
  // A line that starts with a blank continues the one before it (obs-fold): refused with the rest
  // of what is not a token.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
  const auto value = trim_blank(line.substr(colon + 1));
  if (!field_value(value)) return 400;
  request.headers.emplace_back(ascii_lower(line.substr(0, colon)), std::string(value));
  return 0;
}

// Digits only: no sign, no list, no white space. Nothing when it is not a number of at most 18
// digits.
std::optional<std::size_t> read_length(std::string_view text) {
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), ascii_digit)) {
    return std::nullopt;
  }
  std::size_t length = 0;
  for (const char c : text) length = length * 10 + static_cast<std::size_t>(c - '0');
  return length;
}

// Headers that decide who is meant, how long the body is, or how it is read: each at most once.
int check_single(const HttpRequest& request) {
  static constexpr std::array<std::string_view, 8> kSingle = {
      "host",   "content-length",   "content-type", "transfer-encoding",
      "expect", "content-encoding", "origin",       "authorization"};
  for (const auto name : kSingle) {
    const auto count = std::count_if(request.headers.begin(), request.headers.end(),
                                     [&](const auto& header) { return header.first == name; });
    if (count > 1) return 400;
  }
  return 0;
}

int check_host(const RequestHead& head) {
  if (!head.request.has_header("host")) return head.minor_version == 0 ? 0 : 400;
  const auto host = head.request.header("host");
  return host.find_first_of(" \t/?#@\\\",") == std::string_view::npos ? 0 : 400;
}

int check_framing(RequestHead& head, std::size_t body_limit) {
  const HttpRequest& request = head.request;
  const bool has_length = request.has_header("content-length");
  // Both together are the classic of request smuggling; the coding alone asks for a length.
  if (request.has_header("transfer-encoding")) return has_length ? 400 : 411;
  if (has_length) {
    const auto length = read_length(request.header("content-length"));
    if (!length) return 400;
    if (*length > body_limit) return 413;
    head.content_length = *length;
  }
  if (request.has_header("content-encoding") &&
      !ascii_equal_ignoring_case(request.header("content-encoding"), "identity")) {
    return 415;
  }
  return 0;
}

int read_options(RequestHead& head) {
  const std::string connection = head.request.joined_header("connection");
  for (const auto option : split(connection, ',')) {
    if (ascii_equal_ignoring_case(trim_blank(option), "close")) head.keep_alive = false;
  }
  if (!head.request.has_header("expect")) return 0;
  if (!ascii_equal_ignoring_case(head.request.header("expect"), "100-continue")) return 417;
  head.expects_continue = head.content_length > 0;
  return 0;
}

int check_head(RequestHead& head, std::size_t body_limit) {
  if (const int status = check_single(head.request)) return status;
  if (const int status = check_host(head)) return status;
  if (const int status = check_framing(head, body_limit)) return status;
  return read_options(head);
}

HeadReading refuse(int status) {
  HeadReading reading;
  reading.state = HeadReading::State::kRefused;
  reading.status = status;
  return reading;
}

// A bare CR or LF is not a line end here (RFC 9112 §2.2 lets a reader choose; choosing differently
// than a proxy does is how requests are smuggled).
bool bare_line_end(std::string_view line) {
  return line.find_first_of("\r\n") != std::string_view::npos;
}

int read_header_lines(std::string_view lines, HttpRequest& request) {
  std::size_t count = 0;
  while (!lines.empty()) {
    if (++count > kHeaderLinesLimit) return 431;
    const auto end = lines.find(kEndOfLine);
    const auto line = lines.substr(0, end);
    if (bare_line_end(line)) return 400;
    if (const int status = read_header_line(line, request)) return status;
    lines.remove_prefix(end + kEndOfLine.size());
  }
  return 0;
}

// What can be said before the end of the head has come. The last byte may be half of a CRLF.
HeadReading judge_incomplete(std::string_view bytes) {
  const auto line_end = bytes.find(kEndOfLine);
  if (line_end == std::string_view::npos) {
    if (bytes.size() > kRequestLineLimit + 1) return refuse(414);
    if (bytes.find('\n') != std::string_view::npos) return refuse(400);
    return {};
  }
  if (line_end > kRequestLineLimit) return refuse(414);
  const auto lines = bytes.substr(line_end + kEndOfLine.size());
  if (lines.size() > kHeaderBytesLimit + 3) return refuse(431);
  const auto newlines = std::count(lines.begin(), lines.end(), '\n');
  if (newlines > static_cast<std::ptrdiff_t>(kHeaderLinesLimit)) return refuse(431);
  return {};
}

}  // namespace

HeadReading read_request_head(std::string_view bytes, std::size_t body_limit) {
  // RFC 9112 §2.2: one empty line before the request line is let pass.
  const std::size_t skipped = bytes.starts_with(kEndOfLine) ? kEndOfLine.size() : 0;
  bytes.remove_prefix(skipped);
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return judge_incomplete(bytes);
  const auto line_end = bytes.find(kEndOfLine);
  if (line_end > kRequestLineLimit) return refuse(414);
  // With no header line at all the request line's CRLF is the first half of the empty line.
  const auto lines =
      line_end == end ? std::string_view{} : bytes.substr(line_end + 2, end + 2 - (line_end + 2));
  if (lines.size() > kHeaderBytesLimit) return refuse(431);
  HeadReading reading;
  const auto line = bytes.substr(0, line_end);
  if (bare_line_end(line)) return refuse(400);
  if (const int status = read_request_line(line, reading.head)) return refuse(status);
  if (const int status = read_header_lines(lines, reading.head.request)) return refuse(status);
  if (const int status = check_head(reading.head, body_limit)) return refuse(status);
  reading.state = HeadReading::State::kComplete;
  reading.bytes = skipped + end + 4;
  return reading;
}

}  // namespace jawort
