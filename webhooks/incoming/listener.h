// One listening socket and its threads. Requests are read strictly (request_head.h) and under
// deadlines (request_reader.h); cpp-httplib writes the answers (response_writer.h). A connection
// holds a thread while it is open; an idle one makes room as soon as another waits.
#pragma once

#include <memory>
#include <string>

#include "engine/base/log.h"
#include "engine/base/random.h"
#include "engine/base/result.h"
#include "webhooks/incoming/http.h"

namespace jawort {

struct ListenerSettings {
  std::string host;  // numeric address or "localhost"
  int port = 0;      // 0: any free one
  int threads = 64;
  std::size_t body_limit = 64U * 1024U;
};

class Listener {
 public:
  virtual ~Listener() = default;
  // The bound port.
  virtual int port() const = 0;
  // Starts the threads; returns at once.
  virtual void start() = 0;
  // Takes no new connections, finishes requests under way, joins all threads. Idempotent.
  virtual void stop() = 0;
};

// Binds at once (no SO_REUSEPORT: a second server on the port is an error, kUnavailable).
Result<std::unique_ptr<Listener>> open_listener(const ListenerSettings& settings,
                                                HttpHandler handler, Random& random, Log& log);

}  // namespace jawort
