// An HttpResponse as bytes on the wire, written by cpp-httplib (its header stays in the .cc file).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "webhooks/incoming/http.h"

namespace jawort {

// One per thread. The library is handed a request line that has already been checked and keeps away
// from all that it reads leniently: bodies, codings, ranges, header values.
class ResponseWriter {
 public:
  ResponseWriter();
  ~ResponseWriter();
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  // Status line, headers and, unless `method` is HEAD, the body. `close`: says "Connection: close".
  std::string bytes(std::string_view method, const HttpResponse& response, bool close);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace jawort
