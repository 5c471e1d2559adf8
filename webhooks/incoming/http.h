// Requests and responses as our routes see them. No vendor type: the accept loop behind a Listener
// can be replaced without touching a route.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jawort {

struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // as sent, up to "?", not decoded
  std::string query;   // after "?", not decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order
  std::string body;
  std::string peer;        // IP address of the connection
  std::string request_id;  // set by the listener

  // The first header of that name (lower case); empty when there is none.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type;  // empty: no body
  bool close = false;        // close the connection after this answer

  HttpResponse& set(std::string_view name, std::string_view value);
};

// Runs in a worker thread; thread-safe; never throws.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace jawort
