// Requests and responses as our routes see them. No vendor type: the accept loop behind a Listener
// can be replaced without touching a route.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jawort {

// RFC 9110 §5.6.2: a character that methods, header names and parameters are made of.
bool is_token_character(char c);

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;   // as sent; a method is case-sensitive (RFC 9110 §9.1)
  std::string path;     // as sent, up to "?", not decoded
  std::string query;    // after "?", not decoded
  HttpHeaders headers;  // names in lower case, values without surrounding white space, in order
  std::string body;
  std::string peer;        // IP address of the connection
  std::string request_id;  // set by the listener

  // The first header of that name (lower case); empty when there is none.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  // All values of that name joined by ", ", as RFC 9110 §5.3 reads a repeated header.
  std::string joined_header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::string content_type;  // empty: no body
  bool close = false;        // close the connection after this answer
  std::string route;         // the pattern that matched, for logs: a path may hold a token
  // Work that must not show in the answer's time: run exactly once by a worker thread, when the
  // whole answer has been handed to the socket or the connection is gone; also during a stop.
  std::function<void()> after;
  // Time of Clock::monotonic() before which the answer is not sent; it holds no thread meanwhile.
  // 0: at once. During a stop nothing is held.
  std::chrono::milliseconds hold_until{0};

  // Replaces a header of that name. Control characters of `value` are dropped, so that no value can
  // end its line.
  HttpResponse& set(std::string_view name, std::string_view value);
  // The value of that name (any case); empty when there is none.
  std::string_view header(std::string_view name) const;
};

// Runs in a worker thread; thread-safe; never throws.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace jawort
