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

bool lower_case(char c) { return c >= 'a' && c <= 'z'; }

// Origin form, absolute form and "*" (RFC 9112 §3.2). A fragment never travels. `authority`: of the
// absolute form, else nothing.
int read_target(std::string_view target, HttpRequest& request,
                std::optional<std::string_view>& authority) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
  if (target.empty() || !std::all_of(target.begin(), target.end(), visible)) return 400;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!ascii_equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto end = target.find_first_of("/?");
    authority = target.substr(0, end);
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

int read_request_line(std::string_view line, RequestHead& head,
                      std::optional<std::string_view>& authority) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return 400;
  const auto method = line.substr(0, first);
  // No method has small letters, and some readers make them large (RFC 9110 §9.1 forbids it).
  if (!is_token(method) || std::any_of(method.begin(), method.end(), lower_case)) return 400;
  head.request.method = method;
  if (const int status = read_version(line.substr(last + 1), head)) return status;
  return read_target(line.substr(first + 1, last - first - 1), head.request, authority);
}

// Names that mean something to those behind a server and may not come from a client; an underscore
// makes a name that gateways (RFC 3875 §4.1.18) cannot tell from the one with a hyphen. No ranges
// are served.
bool is_left_out(std::string_view name) {
  return name.find('_') != std::string_view::npos || name == "range" || name == "if-range";
}

// With a hyphen these would say where the message ends or whom it is for.
bool imitates_framing(std::string_view name) {
  return name == "content_length" || name == "transfer_encoding";
}

int read_header_line(std::string_view line, HttpRequest& request) {
  const auto colon = line.find(':');
  // A line that starts with a blank continues the one before it (obs-fold): refused with the rest
  // of what is not a token.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
  const auto value = trim_blank(line.substr(colon + 1));
  if (!field_value(value)) return 400;
  std::string name = ascii_lower(line.substr(0, colon));
  if (imitates_framing(name)) return 400;
  if (!is_left_out(name)) request.headers.emplace_back(std::move(name), std::string(value));
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

bool is_host_character(char c) {
  return ascii_alnum(c) || std::string_view("-._~:[]%").find(c) != std::string_view::npos;
}

// The absolute form names the host a second time: another one there is a trap (RFC 9112 §3.2.2).
int check_host(const RequestHead& head, std::optional<std::string_view> authority) {
  if (authority && authority->empty()) return 400;
  if (!head.request.has_header("host")) return head.minor_version == 0 ? 0 : 400;
  const auto host = head.request.header("host");
  if (authority && !ascii_equal_ignoring_case(*authority, host)) return 400;
  return std::all_of(host.begin(), host.end(), is_host_character) ? 0 : 400;
}

// 0: the body is `content_length` bytes.
int judge_body(RequestHead& head, std::size_t body_limit) {
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

// A request that does without its body is not refused for it, unless its end is told in two ways.
int check_framing(RequestHead& head, std::size_t body_limit, const BodyOptional& body_optional) {
  const int status = judge_body(head, body_limit);
  if (status == 0 || status == 400) return status;
  if (!body_optional || !body_optional(head.request.method, head.request.path)) return status;
  head.body_dropped = true;
  head.keep_alive = false;
  head.content_length = 0;
  return 0;
}

int read_options(RequestHead& head) {
  const std::string connection = head.request.joined_header("connection");
  for (const auto option : split(connection, ',')) {
    if (ascii_equal_ignoring_case(trim_blank(option), "close")) head.keep_alive = false;
  }
  if (!head.request.has_header("expect")) return 0;
  if (!ascii_equal_ignoring_case(head.request.header("expect"), "100-continue")) return 417;
  // RFC 9110 §10.1.1: a client that speaks 1.0 does not know it.
  head.expects_continue = head.content_length > 0 && head.minor_version > 0;
  return 0;
}

HeadReading refuse(int status) {
  HeadReading reading;
  reading.state = HeadReading::State::kRefused;
  reading.status = status;
  return reading;
}

// `lines`: each with its CRLF. REQUIRES: scanned
int read_header_lines(std::string_view lines, HttpRequest& request) {
  while (!lines.empty()) {
    const auto end = lines.find(kEndOfLine);
    if (const int status = read_header_line(lines.substr(0, end), request)) return status;
    lines.remove_prefix(end + kEndOfLine.size());
  }
  return 0;
}

}  // namespace

// A bare CR or LF is not a line end here (RFC 9112 §2.2 lets a reader choose; choosing differently
// than a proxy does is how requests are smuggled).
int HeadScan::take_line(std::string_view line) {
  const std::size_t next = line_start_ + line.size() + 1;
  if (line.empty() || line.back() != '\r') return 400;
  line.remove_suffix(1);
  if (line.find('\r') != std::string_view::npos) return 400;
  if (line.empty() && request_line_) {
    complete_ = true;
  } else if (line.empty()) {
    if (skipped_ > 0) return 400;
    skipped_ = next;
  } else if (!request_line_) {
    if (line.size() > kRequestLineLimit) return 414;
    request_line_ = true;
    headers_start_ = next;
  } else if (++lines_ > kHeaderLinesLimit || next - headers_start_ > kHeaderBytesLimit) {
    return 431;
  }
  line_start_ = looked_ = next;
  return 0;
}

int HeadScan::advance(std::string_view bytes) {
  while (!complete_) {
    const auto end = bytes.find('\n', looked_);
    if (end == std::string_view::npos) break;
    if (const int status = take_line(bytes.substr(line_start_, end - line_start_))) return status;
  }
  if (complete_) return 0;
  const auto begun = bytes.substr(line_start_);  // a line whose end has not come
  const auto bare = bytes.find('\r', looked_);
  if (bare != std::string_view::npos && bare + 1 < bytes.size()) return 400;
  if (!request_line_ && !begun.empty() && begun.front() != '\r' &&
      !is_token_character(begun.front())) {
    return 400;  // no method begins like this; TLS, for one
  }
  // The last byte may be half of a CRLF.
  if (!request_line_ && begun.size() > kRequestLineLimit + 1) return 414;
  if (request_line_ && bytes.size() - headers_start_ > kHeaderBytesLimit + 1) return 431;
  looked_ = bytes.size() - (bytes.ends_with('\r') ? 1 : 0);
  return 0;
}

HeadReading read_scanned_head(std::string_view bytes, const HeadScan& scan, std::size_t body_limit,
                              const BodyOptional& body_optional) {
  // Without the empty line at the end.
  auto head = bytes.substr(scan.skipped(), scan.size() - scan.skipped() - kEndOfLine.size());
  const auto line_end = head.find(kEndOfLine);
  HeadReading reading;
  RequestHead& out = reading.head;
  std::optional<std::string_view> authority;
  if (const int status = read_request_line(head.substr(0, line_end), out, authority)) {
    return refuse(status);
  }
  head.remove_prefix(line_end + kEndOfLine.size());
  if (const int status = read_header_lines(head, out.request)) return refuse(status);
  if (const int status = check_single(out.request)) return refuse(status);
  if (const int status = check_host(out, authority)) return refuse(status);
  int status = check_framing(out, body_limit, body_optional);
  if (status == 0) status = read_options(out);
  reading.state = status == 0 ? HeadReading::State::kComplete : HeadReading::State::kRefused;
  reading.status = status;
  reading.readable = true;
  reading.bytes = scan.size();
  return reading;
}

HeadReading read_request_head(std::string_view bytes, std::size_t body_limit,
                              const BodyOptional& body_optional) {
  HeadScan scan;
  if (const int status = scan.advance(bytes)) return refuse(status);
  if (!scan.complete()) return {};
  return read_scanned_head(bytes, scan, body_limit, body_optional);
}

}  // namespace jawort
