// A request as the front hands it to the routes.
#pragma once

#include <string>
#include <utility>

#include "webhooks/incoming/http.h"

namespace jawort::testing {

// `target`: the path, perhaps with "?" and a query.
inline HttpRequest http_request(std::string method, const std::string& target, HttpHeaders headers,
                                std::string body, std::string peer) {
  HttpRequest request;
  request.method = std::move(method);
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.peer = std::move(peer);
  return request;
}

}  // namespace jawort::testing
